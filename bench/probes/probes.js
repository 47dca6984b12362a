import { setTimeout as pause } from 'node:timers/promises';
import { Browser } from './client.js';
import { moveClock } from './clock.js';
import { isWaiting, open } from './systems/app.js';

const MINUTE = 60_000;
const IDLE = 10 * MINUTE;
const LIFETIME = 60 * MINUTE;
export const DEADLINES = { idle: IDLE, lifetime: LIFETIME };

const SAMPLES = 400;
const NEEDLE = 'needle-in-the-cookie';
const MOST_OCTETS = 4096;

/**
 * `holds`: the requirement is met. `fails`: it is not. `absent`: the system has no verb or option
 * for it. `beside`: it does not concern this kind of session.
 * @typedef {'holds' | 'fails' | 'absent' | 'beside'} Result
 */

/**
 * @typedef {object} Probe
 * @property {string} requirement Of ASVS 5.0, or of SECURITY.md when that has none.
 * @property {string} what
 * @property {boolean} [withDeadlines] Whether the system gets short deadlines.
 * @property {(browser: Browser, running: import('./systems/app.js').Running) => Promise<Result>}
 * run `browser` is new.
 */

/** @param {boolean} condition @returns {Result} */
function holdsIf(condition) {
  return condition ? 'holds' : 'fails';
}

/** @param {Browser} browser */
async function loggedIn(browser, user = 'ada') {
  const reply = await browser.send(`/login?user=${user}`);
  if (reply.status !== 200) throw new Error(`The login failed: ${JSON.stringify(reply.body)}`);
  return reply;
}

/** The lines that give a browser its session. @param {string[]} lines */
function given(lines) {
  return lines.filter((line) => !/max-age=0|=;/i.test(line));
}

/** @type {readonly Probe[]} */
export const PROBES = [
  {
    requirement: 'ASVS 7.2.1',
    what: 'a token with one other character is nobody’s',
    async run(browser) {
      await loggedIn(browser);
      for (const [name, value] of browser.cookies) {
        const changed = browser.copy();
        const at = Math.floor(value.length / 3);
        const other = value[at] === 'A' ? 'B' : 'A';
        changed.cookies.set(name, value.slice(0, at) + other + value.slice(at + 1));
        if ((await changed.user()) !== null) return 'fails';
      }
      return 'holds';
    },
  },
  {
    requirement: 'ASVS 7.2.3',
    what: `${SAMPLES} tokens are different, and have 128 random bits`,
    async run(_, { origin }) {
      const tokens = [];
      for (let count = 0; count < SAMPLES; count++) {
        const browser = new Browser(origin);
        await loggedIn(browser);
        tokens.push(browser.values.join(' '));
      }
      const length = Math.min(...tokens.map((token) => token.length));
      let bits = 0;
      for (let at = 0; at < length; at++)
        bits += Math.log2(new Set(tokens.map((token) => token[at])).size);
      return holdsIf(new Set(tokens).size === SAMPLES && bits >= 128);
    },
  },
  {
    requirement: 'ASVS 7.2.4',
    what: 'a login gives a new token, and the token from before it is nobody’s',
    async run(browser) {
      const set = await browser.send('/set?key=a&value=1');
      if (set.status === 501) return 'beside';
      const before = browser.copy();
      await loggedIn(browser);
      const isNew = browser.values.join() !== before.values.join();
      return holdsIf(isNew && (await before.user()) === null);
    },
  },
  {
    requirement: 'ASVS 7.2.4',
    what: 'the same for a second login of the same user',
    async run(browser) {
      await loggedIn(browser);
      const before = browser.copy();
      await loggedIn(browser);
      const isNew = browser.values.join() !== before.values.join();
      return holdsIf(isNew && (await before.user()) === null);
    },
  },
  {
    requirement: 'S-02',
    what: 'a token that the server did not make is not adopted',
    async run(browser) {
      await loggedIn(browser);
      const planted = new Browser('', browser.cookies);
      const made = browser.copy();
      for (const [name, value] of planted.cookies)
        made.cookies.set(name, [...value].reverse().join(''));
      const planned = made.values.join();
      await made.send('/set?key=a&value=1');
      return holdsIf(made.values.join() !== planned || (await made.user()) === null);
    },
  },
  {
    requirement: 'ASVS 7.3.1',
    what: 'a session ends when nobody uses it',
    withDeadlines: true,
    async run(browser) {
      await loggedIn(browser);
      const copy = browser.copy();
      if ((await copy.user()) === null) return 'fails';
      moveClock(IDLE + 2 * MINUTE);
      return holdsIf((await browser.copy().user()) === null);
    },
  },
  {
    requirement: 'ASVS 7.3.2',
    what: 'a session ends at last, however much it is used',
    withDeadlines: true,
    async run(browser) {
      await loggedIn(browser);
      for (let used = 0; used < LIFETIME + 2 * MINUTE; used += IDLE / 2) {
        await browser.send('/set?key=a&value=1');
        if ((await browser.user()) === null && used < LIFETIME - IDLE) return 'fails';
        moveClock(IDLE / 2);
      }
      return (await browser.user()) === null ? 'holds' : 'absent';
    },
  },
  {
    requirement: 'ASVS 7.4.1',
    what: 'after a logout, a copy of the cookie is nobody’s',
    async run(browser) {
      await loggedIn(browser);
      const copy = browser.copy();
      await browser.send('/logout');
      return holdsIf((await copy.user()) === null);
    },
  },
  {
    requirement: 'ASVS 7.4.1, V-01',
    what: 'the same while a slow request writes the session',
    async run(browser) {
      await loggedIn(browser);
      const copy = browser.copy();
      const gate = `slow-${performance.now()}`;
      const slow = browser.copy().send(`/set?key=late&value=1&gate=${gate}`);
      slow.catch(() => undefined);
      while (!isWaiting(gate)) await pause(5);
      await browser.send('/logout');
      open(gate);
      if ((await slow).status === 501) return 'beside';
      return holdsIf((await copy.user()) === null);
    },
  },
  {
    requirement: 'ASVS 7.4.1',
    what: 'a logout takes the cookie away from the browser',
    async run(browser) {
      await loggedIn(browser);
      await browser.send('/logout');
      return holdsIf(browser.cookies.size === 0);
    },
  },
  {
    requirement: 'ASVS 7.4.2, 7.4.5',
    what: 'all sessions of a user can be ended',
    async run(browser, { origin }) {
      const other = new Browser(origin);
      await loggedIn(browser);
      await loggedIn(other);
      const reply = await browser.send('/end-user?user=ada');
      if (reply.status === 501) return 'absent';
      return holdsIf((await browser.user()) === null && (await other.user()) === null);
    },
  },
  {
    requirement: 'ASVS 7.5.2',
    what: 'a user can be shown their sessions',
    async run(browser, { origin }) {
      await loggedIn(browser, 'eve');
      await loggedIn(new Browser(origin), 'eve');
      const reply = await browser.send('/devices?user=eve');
      if (reply.status === 501) return 'absent';
      return holdsIf(reply.body.count === 2);
    },
  },
  {
    requirement: 'ASVS 3.3.1',
    what: 'the cookie is Secure, and its name begins with __Host- or __Secure-',
    async run(browser) {
      const { lines } = await loggedIn(browser);
      return holdsIf(
        given(lines).every((line) => /^__(?:Host|Secure)-/.test(line) && /; *secure/i.test(line)),
      );
    },
  },
  {
    requirement: 'ASVS 3.3.2',
    what: 'the cookie names its SameSite',
    async run(browser) {
      const { lines } = await loggedIn(browser);
      return holdsIf(given(lines).every((line) => /; *samesite=(?:lax|strict)/i.test(line)));
    },
  },
  {
    requirement: 'ASVS 3.3.3',
    what: 'the name of the cookie begins with __Host-',
    async run(browser) {
      const { lines } = await loggedIn(browser);
      return holdsIf(given(lines).every((line) => line.startsWith('__Host-')));
    },
  },
  {
    requirement: 'ASVS 3.3.4',
    what: 'the cookie is HttpOnly',
    async run(browser) {
      const { lines } = await loggedIn(browser);
      return holdsIf(given(lines).every((line) => /; *httponly/i.test(line)));
    },
  },
  {
    requirement: 'ASVS 3.3.5',
    what: 'a long value is kept, or its request fails: no cookie is above 4,096 bytes',
    async run(browser) {
      const reply = await browser.send(`/set?key=long&value=${'x'.repeat(6000)}`);
      if (reply.status === 501) return 'beside';
      const sizes = reply.lines.map((line) => line.split(';')[0]?.length ?? 0);
      if (sizes.some((size) => size > MOST_OCTETS + 1)) return 'fails';
      if (reply.status >= 400) return 'holds';
      const shown = await browser.send('/show', {}, 'GET');
      return holdsIf(shown.body?.data?.long?.length === 6000);
    },
  },
  {
    requirement: 'ASVS 3.5.1',
    what: 'a POST that another site made the browser send changes nothing',
    async run(browser) {
      await loggedIn(browser);
      const reply = await browser.send('/logout', {
        origin: 'https://evil.example',
        'sec-fetch-site': 'cross-site',
      });
      return holdsIf(reply.status >= 400 && (await browser.user()) === 'ada');
    },
  },
  {
    requirement: 'ASVS 14.2.1',
    what: 'a token in the URL is not taken',
    async run(browser, { origin }) {
      await loggedIn(browser);
      const pairs = new URLSearchParams([...browser.cookies]);
      const shown = await new Browser(origin).send(`/show?${pairs}`, {}, 'GET');
      return holdsIf((shown.body?.user ?? null) === null);
    },
  },
  {
    requirement: 'ASVS 14.3.2',
    what: 'a response that shows the session says that no shared cache may keep it',
    async run(browser) {
      await loggedIn(browser);
      const { headers } = await browser.send('/show', {}, 'GET');
      return holdsIf(/no-store|private/.test(headers['cache-control'] ?? ''));
    },
  },
  {
    requirement: 'ASVS 14.3.3',
    what: 'nobody can read the data in the cookie',
    async run(browser) {
      await browser.send(`/set?key=a&value=${NEEDLE}`);
      await loggedIn(browser, NEEDLE);
      const readable = browser.values.flatMap((value) => {
        const text = decodeURIComponent(value);
        return [
          text,
          ...text.split(/[.~*:-]/).map((part) => Buffer.from(part, 'base64').toString()),
        ];
      });
      return holdsIf(readable.every((text) => !text.includes(NEEDLE)));
    },
  },
  {
    requirement: 'S-04',
    what: 'who can read the store cannot log in: it holds no token',
    async run(browser, { kept }) {
      await loggedIn(browser);
      if (kept === undefined) return 'beside';
      const text = await kept();
      const tokens = browser.values.map((value) =>
        decodeURIComponent(value).replace(/^s:/, '').replace(/\..*$/, ''),
      );
      return holdsIf(tokens.every((token) => !text.includes(token)));
    },
  },
  {
    requirement: 'V-02',
    what: 'of 20 requests that write at once, each keeps its change',
    async run(browser) {
      await loggedIn(browser);
      const first = await browser.send('/set?key=first&value=1');
      if (first.status === 501) return 'beside';
      const name = `writers-${performance.now()}`;
      const writers = Array.from({ length: 20 }, (_, at) =>
        browser.send(`/set?key=k${at}&value=1&gate=${name}-${at}`),
      );
      for (let at = 0; at < 20; at++) while (!isWaiting(`${name}-${at}`)) await pause(2);
      for (let at = 0; at < 20; at++) open(`${name}-${at}`);
      await Promise.all(writers);
      const { body } = await browser.send('/show', {}, 'GET');
      return holdsIf(Array.from({ length: 20 }, (_, at) => body.data[`k${at}`]).every(Boolean));
    },
  },
];
