/*
 * A server process of bench/moving/main.js, with its visitors. The first message says what it
 * serves; the others change the phase, and the last one asks for the report.
 */
import { setTimeout } from 'node:timers/promises';
import { openStore } from '../../dist/config/drivers.js';
import { createSessions } from '../../dist/index.js';
import { movingStore } from '../../dist/stores/moving.js';

/** @import { Session, SessionStore, Sessions } from '../../dist/index.js' */
/**
 * @typedef {object} Report
 * @property {number} requests
 * @property {Record<number, number>} changes how many of each session were acknowledged
 * @property {number} signIns
 * @property {number} signOuts
 * @property {number} signedOut how often somebody who was signed in was not
 * @property {number} revived how often somebody who had signed out was signed in
 * @property {number} failed
 * @property {Record<string, number[]>} milliseconds of requests, by phase
 */

/** @type {Report} */
const report = {
  requests: 0,
  changes: {},
  signIns: 0,
  signOuts: 0,
  signedOut: 0,
  revived: 0,
  failed: 0,
  milliseconds: {},
};

/** How long a visitor waits between two pages, on average, in milliseconds. */
const PAUSE = 50;

let phase = 'from';
/** @type {Record<string, Sessions<Record<string, unknown>>>} */
let serving = {};
/** @type {Promise<void>[]} */
let visitors = [];

process.on('message', async (/** @type {any} */ message) => {
  if (message.place !== undefined) {
    serving = await openAll(message.place);
    visitors = Array.from({ length: message.visitors }, () => visit(message));
    process.send?.('ready');
  } else if (message.phase !== 'stop') {
    phase = message.phase;
    process.send?.('changed');
  } else {
    phase = 'stop';
    await Promise.all(visitors);
    process.send?.(report);
  }
});
process.on('disconnect', () => process.exit());

/** @param {{ from: string, to: string, table: string }} place */
async function openAll({ from, to, table }) {
  const { store: old } = await openStore({ connection: from, table });
  const { store: fresh } = await openStore({ connection: to, table });
  /** @param {SessionStore} store @returns {Sessions<Record<string, unknown>>} */
  const over = (store) => createSessions({ store });
  return {
    from: over(old),
    prepare: over(movingStore({ from: old, to: fresh, phase: 'prepare' })),
    move: over(movingStore({ from: old, to: fresh, phase: 'move' })),
    to: over(fresh),
  };
}

/**
 * One request after the other: mostly of somebody who is signed in, now and then a sign-in and a
 * sign-out. @param {{ number: number, cookies: readonly string[] }} options
 */
async function visit({ number, cookies }) {
  while (phase !== 'stop') {
    await setTimeout(Math.random() * 2 * PAUSE);
    const choice = Math.random();
    try {
      if (choice < 0.1) await comeAndGo(`visitor-${number}-${report.signIns}`);
      else await use(cookies, Math.floor(Math.random() ** 3 * cookies.length), choice < 0.5);
    } catch (error) {
      report.failed++;
      if (report.failed < 10) process.stderr.write(`${error}\n`);
    }
  }
}

/** @param {readonly string[]} cookies @param {number} index @param {boolean} isChange */
async function use(cookies, index, isChange) {
  await request(cookies[index], async (session) => {
    if (session.userId !== `user-${index}`) report.signedOut++;
    else if (isChange) session.increment('changes');
  });
  if (isChange) report.changes[index] = (report.changes[index] ?? 0) + 1;
}

/** @param {string} user */
async function comeAndGo(user) {
  const cookie = await request(undefined, (session) => session.login(user));
  report.signIns++;
  for (let page = 0; page < 3; page++)
    await request(cookie, async (session) => {
      if (session.userId !== user) report.signedOut++;
    });
  await request(cookie, (session) => session.logout());
  report.signOuts++;
  await request(cookie, async (session) => {
    if (session.userId !== undefined) report.revived++;
  });
}

/**
 * A request in the present phase. @returns {Promise<string | undefined>} the cookie that it got
 * @param {string | undefined} cookie
 * @param {(session: Session<Record<string, unknown>>) => Promise<unknown>} handler
 */
async function request(cookie, handler) {
  const during = phase === 'stop' ? 'to' : phase;
  const sessions = serving[during];
  if (sessions === undefined) throw new Error(`There is no phase ${during}`);
  const since = performance.now();
  const session = await sessions.open({ cookie }, { secure: true });
  await handler(session);
  const { headers } = await sessions.commit(session);
  report.milliseconds[during] ??= [];
  report.milliseconds[during].push(performance.now() - since);
  report.requests++;
  return headers.find(([name]) => name === 'Set-Cookie')?.[1].split(';')[0];
}
