import { FRAMEWORKS } from './frameworks/index.js';
import { frameworkTarget } from './targets.js';

/**
 * Why a target is not met, or what to know about it: by the target's id in targets.js. Written by
 * hand, from profiles; a new run keeps them.
 */

const ACTIONS = ['untouched', 'read', 'write', 'new'];

const PATH =
  'A flat profile of warm code: collector 5 to 8 %, SHA-256 of the token 4 to 8, the header line of the record 5 to 7, JSON of what was handed out 4, microtasks 4, two more headers in Node 5; nothing else above 3.';
const WRITE =
  'An update reads, compares and writes: a line for the session, a version, one commit id, the whole text anew. The peer overwrites.';
const REDIS_WRITE =
  'Two round trips, as asked, and the second is a script that compares. The peer sends SET at once, and overwrites.';
const DROP_IN =
  'A read of the original ends with a touch, and so does ours, in turn with the writes of its session and with a deadline of its own: two timers and four promises more for each.';
const DROP_IN_WRITE =
  'connect-redis compares nothing, so a write reads once more, in turn with the other writes of its session: three commands, where the original sends two and overwrites.';
const P99 =
  'The client and the server share two cores; the median over rounds of p99 moves by a half.';
const SEALED =
  'AES-256-GCM by node:crypto is 3 us of it. The rest is the path of every request, and writing the cookie with its attributes.';
const TIMED =
  'A tracer may begin to record at any time, so each opening and each commit is timed, and then asks for the active span: 2 us each.';
const SQLITE =
  'The statement itself takes 26 us (better-sqlite3), 43 (libsql) with WAL; the rest is the text of the record and the promise around it. libsql pays more for each binding.';
const BUNDLE =
  'createSessions brings the whole core: journal, commit, moves, users, verbs from outside (50 of 85 kB before compression), whether a program calls them or not. Splitting them off would take the verbs away from the object that createSessions gives.';

/** @type {Record<string, string>} */
export const NOTES = {
  ...each('plain Node, memory', ['untouched', 'read', 'write', 'new'], PATH),
  ...each('Express, memory, beside express-session', ['untouched', 'read', 'new'], PATH),
  'Express, memory, beside express-session: write': WRITE,
  ...each('Express, memory, beside express-session, p99', ACTIONS, P99),
  ...redis('node-redis'),
  ...redis('ioredis'),
  ...each('drop-in, memory, beside its original', ['read', 'write'], DROP_IN),
  ...each('drop-in, memory, beside its original, p99', ACTIONS, P99),
  ...each('drop-in, connect-redis, beside its original', ['untouched', 'read'], DROP_IN),
  'drop-in, connect-redis, beside its original: write': DROP_IN_WRITE,
  ...each('drop-in, connect-redis, beside its original, p99', ACTIONS, P99),
  'drop-in, one visitor on 32 connections, beside its original: write':
    'Writes of one session stand in one line, so that none is lost; the original lets all but the last be lost.',
  ...each('plain Node, sealed cookie, beside iron-session', ['read', 'write'], SEALED),
  ...frameworks(),
  ...each('in process, memory', ['read', 'write'], PATH),
  ...each('OpenTelemetry without SDK, beside none', ['read', 'write'], TIMED),
  ...each('SQLite store, node:sqlite', ['write'], SQLITE),
  ...each('SQLite store, better-sqlite3', ['write'], SQLITE),
  ...each('SQLite store, libsql', ['read', 'write'], SQLITE),
  'memory store, a million sessions: longest pause while inserting':
    'The collector of V8: without it the longest pause was 2 to 5 ms, see the table of a million sessions. A bare array of the same strings shows the same pauses.',
  'bundle: sojourn, sojourn/fetch, cookieSessions': BUNDLE,
  'bundle: the same and the memory store': BUNDLE,
};

/** @param {string} what @param {readonly string[]} actions @param {string} reason */
function each(what, actions, reason) {
  return Object.fromEntries(actions.map((action) => [`${what}: ${action}`, reason]));
}

/** @param {string} client */
function redis(client) {
  const what = `Express, Redis by ${client}, beside connect-redis`;
  return {
    ...each(what, ['read', 'new'], PATH),
    [`${what}: write`]: REDIS_WRITE,
    ...each(`${what}, p99`, ACTIONS, P99),
  };
}

function frameworks() {
  const notes = Object.entries(FRAMEWORKS).map(
    ([
      framework,
      {
        peers: [peer = ''],
      },
    ]) => {
      const what = frameworkTarget(framework, peer);
      return { ...each(what, ['untouched', 'read', 'new'], PATH), [`${what}: write`]: WRITE };
    },
  );
  return Object.assign({}, ...notes);
}
