import { TOKEN_RACES } from './token-races.js';
import { isAlive, must, show } from './visits.js';

const WRITERS = 50;
const INCREMENTS = 1000;
/**
 * So many connections a browser of a race has to each server, and so many increments wait for each
 * other.
 */
export const SOCKETS = 100;

/**
 * One run of a race.
 * @typedef {object} Trial
 * @property {import('./browser.js').Browser} browser A new visitor.
 * @property {import('./servers.js').Servers} servers
 * @property {string} gate A name that no other trial uses.
 * @property {number} number From 0.
 * @property {number} progress From 0 in the first trial to 1 in the last.
 */

/**
 * What went wrong.
 * @typedef {object} Counts
 * @property {number} lost
 * @property {boolean} revived
 * @property {number} signedOut
 * @property {number} survivors
 */

/**
 * @typedef {object} Race
 * @property {string} name
 * @property {readonly [string, string]} heading The name in two lines.
 * @property {number} [mostLost] How many effects one trial can lose.
 * @property {boolean} [mayRevive] Whether there is a dead session that a trial could revive.
 * @property {number} [mostSignedOut] How many devices one trial can sign out.
 * @property {number} [mostSurvivors] How many sessions one trial ends, each of which could survive.
 * @property {readonly (keyof typeof import('./token-races.js').NEEDS)[]} needs What a system must
 * have for it.
 * @property {string} rule What counts.
 * @property {(trial: Trial) => Promise<Partial<Counts>>} run
 */

/** @type {readonly Race[]} */
export const RACES = [
  {
    name: 'different keys',
    heading: ['different', 'keys'],
    mostLost: 2,
    needs: [],
    rule: 'Two requests have opened the session, then each sets a key of its own. Lost: keys that are not there afterwards, whatever was answered.',
    run: (trial) => write(trial, 2),
  },
  {
    name: 'slow writer vs logout',
    heading: ['slow writer', 'vs logout'],
    mayRevive: true,
    needs: [],
    rule: 'A request has opened the session, then its user logs out in another tab, then the request sets a key; in every second trial both go on at once. Revived: trials after which the old cookie, or the browser, leads to a session that holds anything.',
    run: raceLogout,
  },
  {
    name: '50 writers',
    heading: ['50', 'writers'],
    mostLost: WRITERS,
    needs: [],
    rule: 'As different keys, with 50 requests.',
    run: (trial) => write(trial, WRITERS),
  },
  {
    name: '1,000 increments',
    heading: ['1,000', 'increments'],
    mostLost: INCREMENTS,
    needs: [],
    rule: `1,000 requests add 1 to one number: ${SOCKETS} have opened the session before the first of them goes on, and so for the next ${SOCKETS}, which begin at once. Lost: what the number lacks afterwards, whatever was answered.`,
    run: increment,
  },
  {
    name: 'login with 50 in flight',
    heading: ['login with', '50 in flight'],
    mostLost: WRITERS + 2,
    mayRevive: true,
    needs: [],
    rule: 'An anonymous session holds a key; 50 requests and a login have opened it, each request to set another key. Some of the 50 go on, from none in the first trial to all in the last; as soon as the first of them is answered, the login, which gives the session a new token, and the rest go on too. Lost: the login, or the first key, that the browser does not have afterwards; and each of the 50 keys that is not there although its request was answered with status 200 and was not told that its session is gone (session.outcome of Sojourn is "gone"; the others tell nothing, nor do ours in the words of express-session and cookie-session). Revived: trials after which the old cookie leads to a session that holds anything.',
    run: raceLogin,
  },
  ...TOKEN_RACES,
];

/** @param {Trial} trial @param {number} count */
async function write({ browser, servers, gate }, count) {
  await must(browser.get('/set?key=before'));
  const keys = Array.from({ length: count }, (_, index) => `key${index}`);
  const writes = keys.map((key) => browser.get(`/set?key=${key}&gate=${gate}`));
  await servers.arrived(gate, count);
  servers.open(gate);
  await Promise.all(writes);
  const { data } = await show(browser);
  return { lost: keys.filter((key) => data[key] !== 1).length, revived: false };
}

/** @param {Trial} trial */
async function increment({ browser, servers, gate }) {
  await must(browser.get('/set?key=before'));
  const increments = [];
  for (let begun = 0; begun < INCREMENTS; begun += SOCKETS) {
    const wave = `${gate}-${begun}`;
    for (let index = 0; index < SOCKETS; index++)
      increments.push(browser.get(`/increment?key=total&gate=${wave}`));
    await servers.arrived(wave, SOCKETS);
    servers.open(wave);
  }
  await Promise.all(increments);
  const { data } = await show(browser);
  return { lost: INCREMENTS - (data.total ?? 0), revived: false };
}

/** @param {Trial} trial */
async function raceLogout({ browser, servers, gate, number }) {
  await must(browser.get('/set?key=before'));
  await must(browser.get('/login?key=ada'));
  const thief = browser.copy();
  const atOnce = number % 2 === 1;

  const write = browser.get(`/set?key=late&gate=${gate}`);
  await servers.arrived(gate, 1);
  const logout = browser.get(atOnce ? `/logout?gate=${gate}` : '/logout');
  if (atOnce) await servers.arrived(gate, 2);
  else await must(logout);
  servers.open(gate);
  await Promise.all([write, must(logout)]);
  return { lost: 0, revived: isAlive(await show(thief)) || isAlive(await show(browser)) };
}

/** @param {Trial} trial */
async function raceLogin({ browser, servers, gate, progress }) {
  await must(browser.get('/set?key=before'));
  const thief = browser.copy();
  const keys = Array.from({ length: WRITERS }, (_, index) => `key${index}`);
  const ahead = Math.round(WRITERS * progress);
  const startWrite = (/** @type {string} */ key, /** @type {string} */ at) =>
    browser.get(`/set?key=${key}&gate=${at}`);

  const gateAhead = `${gate}-ahead`;
  const writesAhead = keys.slice(0, ahead).map((key) => startWrite(key, gateAhead));
  const login = browser.get(`/login?key=ada&gate=${gate}`);
  const writes = keys.slice(ahead).map((key) => startWrite(key, gate));
  await servers.arrived(gateAhead, ahead);
  await servers.arrived(gate, 1 + WRITERS - ahead);
  servers.open(gateAhead);
  if (ahead > 0) await Promise.race(writesAhead);
  servers.open(gate);
  await must(login);
  const answers = await Promise.all([...writesAhead, ...writes]);

  const gone = await servers.gone();
  const { user, data } = await show(browser);
  const wasTold = (/** @type {string} */ key, /** @type {number} */ index) =>
    answers[index]?.status === 200 && gone.has(key);
  const lostKeys = keys.filter((key, index) => data[key] !== 1 && !wasTold(key, index));
  const lost = lostKeys.length + (user === 'ada' ? 0 : 1) + (data.before === 1 ? 0 : 1);
  return { lost, revived: isAlive(await show(thief)) };
}
