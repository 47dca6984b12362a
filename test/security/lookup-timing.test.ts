import { expect, onTestFinished, test } from 'vitest';
import { createSessions } from '../../src/index.js';
import { createToken } from '../../src/keys/token.js';
import { memoryStore } from '../../src/stores/memory.js';
import { Visitor } from '../visitor.js';
import { welch } from './welch.js';

const long = process.env.SOJOURN_LONG === '1';
const samples = long ? 1_000_000 : 20_000;
/** Cookies are made for so many requests at once, so that a million of them fit into memory. */
const BATCH = 10_000;
/** How many characters of a cookie's 43 or 87 a guess has in common with a live one. */
const PREFIX = 33;

type Open = (cookie: string) => Promise<unknown>;

/** A live session, and how the sessions are opened that somebody guesses. */
async function guessed(secret?: string): Promise<{ cookie: string; open: Open }> {
  const store = memoryStore();
  onTestFinished(() => store.close?.());
  const sessions = createSessions<{ name: string }>({ store, secret });
  const visitor = new Visitor(sessions);
  await visitor.visit((session) => session.set('name', 'ada'));
  return {
    cookie: visitor.cookie ?? '',
    open: (cookie) => sessions.open({ cookie }, { secure: true }),
  };
}

/** `prefix` and random characters, as one flat string of the length of `whole`. */
function guess(prefix: string, whole: string): string {
  const random = createToken() + createToken() + createToken();
  return Buffer.from((prefix + random).slice(0, whole.length), 'latin1').toString('latin1');
}

/** The times of guesses near the live cookie, and of random ones, in nanoseconds. */
async function measure(
  live: string,
  open: Open,
  samples: number,
): Promise<[Float64Array, Float64Array]> {
  const name = live.slice(0, live.indexOf('=') + 1);
  const near = live.slice(0, name.length + PREFIX);
  const times = [new Float64Array(samples), new Float64Array(samples)] as const;
  for (let taken = 0; taken < samples; taken += BATCH / 2) {
    const batch = Array.from({ length: BATCH }, (_, index) => ({
      of: times[index % 2]!,
      at: taken + Math.floor(index / 2),
      order: Math.random(),
      cookie: guess(index % 2 === 0 ? near : name + createToken().slice(0, PREFIX), live),
    })).sort((one, other) => one.order - other.order);
    for (const { of, at, cookie } of batch) {
      const start = process.hrtime.bigint();
      await open(cookie);
      of[at] = Number(process.hrtime.bigint() - start);
    }
  }
  return [...times];
}

/** The middle one of three rounds by its absolute value, since others use this machine too. */
async function medianT(live: string, open: Open, samples: number): Promise<number> {
  const rounds: number[] = [];
  await measure(live, open, BATCH / 2);
  for (let round = 0; round < 3; round++)
    rounds.push(Math.abs(welch(...(await measure(live, open, samples)))));
  return rounds.sort((one, other) => one - other)[1]!;
}

const SECRET = 'Vb3QmXz7Lr0TnYc5KeWu9HsPd2GfJa8i';

test.for([
  { name: 'looked up in the memory store', secret: undefined },
  { name: 'turned away by their MAC', secret: SECRET },
])('F-32 S-43 guesses near a live token take as long as random ones: $name', async ({ secret }) => {
  const { cookie, open } = await guessed(secret);
  expect(await medianT(cookie, open, samples)).toBeLessThan(4.5);
});

test('F-32 the same measurement finds a comparison that ends at the first difference', async () => {
  const { cookie: live, open } = await guessed();

  /** As a search through twenty tokens would. */
  function compare(cookie: string): boolean {
    let isEqual = false;
    for (let times = 0; times < 20; times++) {
      let index = 0;
      while (index < live.length && live[index] === cookie[index]) index++;
      isEqual = index === live.length;
    }
    return isEqual;
  }

  const t = await medianT(live, async (cookie) => compare(cookie) || open(cookie), BATCH / 2);
  expect(t).toBeGreaterThan(4.5);
});
