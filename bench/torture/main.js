// `npm run torture`: many clients, over real HTTP, on several processes of an application whose
// processes, network and database break all the time. What counts is said in checker.js.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { run } from './run.js';
import { STORES } from './stores.js';

const USAGE = `npm run torture -- [options]

Clients over HTTP on 127.0.0.1 push, increment, set, take, flash, log in, regenerate, log out and end
all sessions of their user, while faults that the seed draws befall the application and its database.
Two clients share each browser, and two browsers each user. At the end every session is read back
and every token that was ever given is tried. A checker then looks for what the promises of Sojourn
do not allow:

  lost      a change, a session or a login that was acknowledged and is not there
  doubled   a change that counts twice, a voucher taken twice, a message shown twice
  revived   a session that was ended, a token that was replaced, a value that was overwritten
  stranger  what nobody did, or the session of someone else

A request whose outcome nobody was told may count once or not at all. A store that forgets at a kill,
as its page says, may lose its sessions then. The status is 1 when anything contradicts, or
when an application process ended by itself.

Faults: an application process is killed, paused, or its clock steps by up to 45 s; the database is
killed and restarted, or paused; the network of one process is silent, slow, or brings no answers;
its connections are cut; the disk of a store without a server is full (where one may be mounted).

  --store <names>     of ${STORES.map(({ name }) => name).join(', ')}; default all
  --seed <numbers>    default 1: 1,2,3 or 1-10
  --seconds <n>       length of each run; default 60
  --clients <n>       default 20
  --processes <n>     of the application; default 3
  --rate <n>          requests of each client in a second; default 10
  --histories <folder>  writes the history of each run that contradicts there, as JSON
  --broken            with a store that ignores versions: the checker must find what it loses
  --json              prints one line of JSON for each run and nothing else
  --help              prints this

A short look: npm run torture -- --store sqlite --seconds 5`;

process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
process.exitCode = await main();

async function main() {
  const settings = readArguments();
  if (settings === undefined) return 2;
  if (settings.help) {
    console.log(USAGE);
    return 0;
  }
  const { stores, seeds, json, histories, ...plan } = settings;
  if (!json)
    console.log('store       seed  requests     ok  refused  unknown  sessions  faults  found');
  let isClean = true;
  for (const seed of seeds) {
    for (const store of stores) {
      const ran = await run({ ...plan, store, seed }, showProgress);
      showProgress('');
      if ('reason' in ran) {
        console.log(
          json
            ? JSON.stringify({ store: store.name, seed, reason: ran.reason })
            : `${store.name.padEnd(10)}  ${ran.reason}`,
        );
        continue;
      }
      const { result, history } = ran;
      console.log(json ? JSON.stringify(result) : row(result));
      const { contradictions, deaths } = result;
      isClean &&= contradictions.length === 0 && deaths === 0;
      if (contradictions.length === 0) continue;
      if (histories !== undefined)
        writeFileSync(join(histories, `${store.name}-${seed}.json`), JSON.stringify(history));
      for (const { kind, text } of json ? [] : contradictions.slice(0, 20))
        console.log(`  ${kind}: ${text}`);
    }
  }
  if (!json) console.log(isClean ? '\nNothing contradicts.' : '\nSojourn FAILED.');
  return isClean ? 0 : 1;
}

/** @param {import('./run.js').Result} result */
function row({ store, seed, requests, ok, none, unknown, sessions, faults, contradictions }) {
  const faultCount = Object.values(faults).reduce((sum, count) => sum + count, 0);
  return [
    store.padEnd(10),
    `${seed}`.padStart(4),
    `${requests}`.padStart(8),
    `${ok}`.padStart(5),
    `${none}`.padStart(7),
    `${unknown}`.padStart(7),
    `${sessions}`.padStart(8),
    `${faultCount}`.padStart(6),
    `${contradictions.length}`.padStart(5),
  ].join('  ');
}

/** On a terminal: one line that the next one replaces. @param {string} text */
function showProgress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        store: { type: 'string', default: STORES.map(({ name }) => name).join(',') },
        seed: { type: 'string', default: '1' },
        seconds: { type: 'string', default: '60' },
        clients: { type: 'string', default: '20' },
        processes: { type: 'string', default: '3' },
        rate: { type: 'string', default: '10' },
        histories: { type: 'string' },
        broken: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const stores = values.store.split(',').map((name) => {
      const store = STORES.find((each) => each.name === name);
      if (store !== undefined) return store;
      throw new Error(
        `There is no store ${name} here. There are ${STORES.map((each) => each.name).join(', ')}.`,
      );
    });
    return {
      stores,
      seeds: values.seed.split(',').flatMap(seedsOf),
      seconds: wholeNumber('seconds', values.seconds),
      clients: wholeNumber('clients', values.clients),
      processes: wholeNumber('processes', values.processes),
      rate: wholeNumber('rate', values.rate),
      histories: values.histories,
      isBroken: values.broken,
      json: values.json,
      help: values.help,
    };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    return undefined;
  }
}

/** `'3'`, or `'1-10'`. @param {string} text */
function seedsOf(text) {
  const [first = '', last = first] = text.split('-');
  const from = wholeNumber('seed', first);
  const to = wholeNumber('seed', last);
  return Array.from({ length: Math.max(to - from + 1, 0) }, (_, index) => from + index);
}

/** @param {string} name @param {string} text */
function wholeNumber(name, text) {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new Error(`--${name} is ${text}. Give a whole number above 0.`);
}
