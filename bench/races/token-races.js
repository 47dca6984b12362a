import { countUsers, isAlive, must, show } from './visits.js';

/** Of one user, in the races of several devices. */
const DEVICES = 3;
/** Requests of one device at once. */
const REQUESTS = 10;
/** Longer than the age at which our systems renew a token here; in milliseconds. */
const RENEWAL_DUE = 20 * 60_000;
const ROUNDS = 3;

/** What a system must have for a race, beside a session that can be written. */
export const NEEDS = {
  /** A verb that gives a session a new id. */
  newId: 'no new id',
  /** A verb that ends all sessions of a user. */
  endUser: 'no such verb',
  /** The same, that spares one session. */
  endOthers: 'no such verb',
  /** A change of a session without a request. */
  change: 'no such verb',
  /** Tokens that are renewed on a timer. */
  renewal: 'no renewal',
};

/** @type {readonly import('./races.js').Race[]} */
export const TOKEN_RACES = [
  {
    name: 'old token after login, logout',
    heading: ['old token after', 'login, logout'],
    mostSignedOut: 1,
    mayRevive: true,
    needs: [],
    rule: 'A request leaves the browser before a login is answered, and arrives after that: it sets a key by the old cookie, and its answer is the last that the browser gets. Later the same with a logout. Signed out: trials after which the browser is not logged in, after the first of the two. Revived: trials after which the browser, or the old cookie, leads to the user or to what the session held before the logout.',
    run: raceOldToken,
  },
  {
    name: 'double click on login, 3 devices',
    heading: ['double click on', 'login, 3 devices'],
    mostSignedOut: DEVICES,
    mostLost: 1,
    needs: [],
    rule: 'One device logs in by two clicks at once, while two others of the same user log in. Signed out: devices that are not logged in afterwards. Lost: the key that the first device had set before.',
    run: raceDoubleClick,
  },
  {
    name: 'logout vs regenerate',
    heading: ['logout vs', 'regenerate'],
    mostSurvivors: 1,
    needs: ['newId'],
    rule: 'A logout and a request that gives the session a new id have opened the same session, then both go on. Survivors: trials after which the browser, or the cookie from before, or the new one, leads to the user, though the logout was answered with status 200.',
    run: raceRegenerate,
  },
  {
    name: 'destroyUser vs 3 that regenerate',
    heading: ['destroyUser vs', '3 that regenerate'],
    mostSurvivors: DEVICES,
    needs: ['endUser', 'newId'],
    rule: 'Three devices of a user have opened their sessions, each to give it a new id, again and again until all sessions of the user are ended by a verb without a session. Survivors: devices that are logged in after that.',
    run: raceDestroyUser,
  },
  {
    name: 'revoke others vs renewals',
    heading: ['revoke others', 'vs renewals'],
    mostSignedOut: 1,
    mostSurvivors: DEVICES - 1,
    needs: ['endOthers', 'renewal'],
    rule: `The tokens of three devices are due for renewal; each device has ${REQUESTS} requests under way, and one of the first device's ends all other sessions of the user. Signed out: the first device, when it is not logged in afterwards. Survivors: others that are.`,
    run: raceRevokeOthers,
  },
  {
    name: 'renewals with lost answers',
    heading: ['renewals with', 'lost answers'],
    mostSignedOut: 1,
    needs: ['renewal'],
    rule: `${ROUNDS} times a token is due for renewal, ${REQUESTS} requests show it at once, and none of their answers reaches the browser; then one does. Signed out: trials after which the browser is not logged in.`,
    run: raceLostAnswers,
  },
  {
    name: 'change from outside vs requests',
    heading: ['change from outside', 'vs requests'],
    mostLost: 2 * REQUESTS,
    needs: ['change'],
    rule: `${REQUESTS} requests have opened a session to add 1 to a number, then they go on while as many changes without a request do the same. Lost: what the number lacks afterwards.`,
    run: raceChange,
  },
];

/** @param {import('./races.js').Trial} trial */
async function raceOldToken({ browser }) {
  await must(browser.get('/set?key=before'));
  const anonymous = browser.cookies();
  await must(browser.get('/login?key=ada'));
  await browser.get('/set?key=late', anonymous);
  const signedOut = Number((await show(browser)).user === null);

  await must(browser.get('/login?key=ada'));
  const loggedIn = browser.cookies();
  await must(browser.get('/logout'));
  await browser.get('/set?key=late', loggedIn);
  const after = await Promise.all([show(browser), must(browser.copy(loggedIn).get('/show'))]);
  const revived = after.some(({ user, data }) => user !== null || data.before !== undefined);
  return { signedOut, revived };
}

/** @param {import('./races.js').Trial} trial */
async function raceDoubleClick({ browser, servers, gate }) {
  const user = `user-${gate}`;
  await must(browser.get('/set?key=before'));
  const others = Array.from({ length: DEVICES - 1 }, () => browser.copy(new Map()));
  const clicks = [browser, browser, ...others].map((device) =>
    device.get(`/login?key=${user}&gate=${gate}`),
  );
  await servers.arrived(gate, clicks.length);
  servers.open(gate);
  await Promise.all(clicks);
  const lost = Number((await show(browser)).data.before !== 1);
  return { lost, signedOut: DEVICES - (await countUsers([browser, ...others])) };
}

/** @param {import('./races.js').Trial} trial */
async function raceRegenerate({ browser, servers, gate, number }) {
  await must(browser.get('/login?key=ada'));
  const before = browser.copy();
  const mover = browser.copy();
  const isFirst = number % 2 === 0;
  const begin = [
    () => browser.get(`/logout?gate=${gate}`),
    () => mover.get(`/regenerate?gate=${gate}`),
  ];
  const [one, other] = (isFirst ? begin : begin.toReversed()).map((request) => request());
  await servers.arrived(gate, 2);
  servers.open(gate);
  const logout = isFirst ? one : other;
  const status = (await logout)?.status;
  await Promise.all([one, other]);
  const users = await countUsers([browser, before, mover]);
  return { survivors: Number(status === 200 && users > 0) };
}

/** @param {import('./races.js').Trial} trial */
async function raceDestroyUser({ browser, servers, gate }) {
  const devices = await logInDevices(browser, `user-${gate}`);
  let isOver = false;
  const moving = devices.map(async (device) => {
    await device.get(`/regenerate?gate=${gate}`);
    while (!isOver) await device.get('/regenerate');
  });
  const administrator = browser.copy(new Map());
  const end = administrator.get(`/destroy-user?key=user-${gate}&gate=${gate}`);
  await servers.arrived(gate, DEVICES + 1);
  servers.open(gate);
  await must(end);
  isOver = true;
  await Promise.all(moving);
  return { survivors: await countUsers(devices) };
}

/** @param {import('./races.js').Trial} trial */
async function raceRevokeOthers({ browser, servers, gate }) {
  const devices = await logInDevices(browser, `user-${gate}`);
  await servers.advance(RENEWAL_DUE);
  const requests = devices.flatMap((device) =>
    Array.from({ length: REQUESTS }, () => device.get(`/show?gate=${gate}`)),
  );
  const [first, ...others] = devices;
  if (first === undefined) throw new Error('There is no device.');
  const revoke = first.get(`/end-others?gate=${gate}`);
  await servers.arrived(gate, requests.length + 1);
  servers.open(gate);
  await must(revoke);
  await Promise.all(requests);
  return { signedOut: 1 - (await countUsers([first])), survivors: await countUsers(others) };
}

/** @param {import('./races.js').Trial} trial */
async function raceLostAnswers({ browser, servers, gate }) {
  await must(browser.get('/login?key=ada'));
  for (let round = 0; round < ROUNDS; round++) {
    await servers.advance(RENEWAL_DUE);
    const here = `${gate}-${round}`;
    // What a copy gets, the browser does not.
    const requests = Array.from({ length: REQUESTS }, () =>
      browser.copy().get(`/increment?key=n&gate=${here}`),
    );
    await servers.arrived(here, REQUESTS);
    servers.open(here);
    await Promise.all(requests);
  }
  await browser.get('/show');
  await servers.advance(RENEWAL_DUE);
  return { signedOut: 1 - (await countUsers([browser])) };
}

/** @param {import('./races.js').Trial} trial */
async function raceChange({ browser, servers, gate }) {
  await must(browser.get('/set?key=before'));
  const { id } = await must(browser.get('/id'));
  const administrator = browser.copy(new Map());
  const requests = Array.from({ length: REQUESTS }, () => [
    browser.get(`/increment?key=total&gate=${gate}`),
    administrator.get(`/change?key=total&id=${id}&gate=${gate}`),
  ]).flat();
  await servers.arrived(gate, requests.length);
  servers.open(gate);
  await Promise.all(requests);
  const shown = await show(browser);
  return { lost: 2 * REQUESTS - (isAlive(shown) ? (shown.data.total ?? 0) : 0) };
}

/**
 * @param {import('./browser.js').Browser} browser The first device.
 * @param {string} user
 */
async function logInDevices(browser, user) {
  const others = Array.from({ length: DEVICES - 1 }, () => browser.copy(new Map()));
  const devices = [browser, ...others];
  for (const device of devices) await must(device.get(`/login?key=${user}`));
  return devices;
}
