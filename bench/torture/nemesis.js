import { setTimeout as sleep } from 'node:timers/promises';

/** @import { Application } from './applications.js' */
/** @import { Disk } from './disk.js' */
/** @import { Forgetting } from './types.js' */
/** @import { Network } from './network.js' */
/** @import { Random } from './random.js' */
/** @import { Server } from '../../scripts/servers/index.js' */

/**
 * What can be disturbed.
 * @typedef {object} Victims
 * @property {readonly Application[]} applications
 * @property {readonly Network[]} networks One for each application; empty without a server.
 * @property {Server | undefined} server
 * @property {boolean} forgets Whether a killed server comes back empty.
 * @property {boolean} isService Whether the server is not killed.
 * @property {Disk | undefined} disk
 */

/** @typedef {{ name: string, until: (random: Random) => Promise<void> }} Fault */

/** The longest step of a clock, in milliseconds. */
const LONGEST_STEP = 45_000;

/**
 * Draws faults until `isOver`, two at once: one at the applications, one below them. Resolves when
 * all is well again.
 * @param {{ victims: Victims, seed: number, isOver: () => boolean, forgettings: Forgetting[], note:
 * (fault: string) => void, createRandom: (seed: number, purpose: string) => Random }} settings
 */
export async function torture({ victims, seed, isOver, forgettings, note, createRandom }) {
  const { applications } = victims;
  const below = faultsBelow(victims, forgettings);
  await Promise.all([disturb('above', faultsAbove(applications)), disturb('below', below)]);
  for (const application of applications) application.stepClock(0);

  /** @param {string} where @param {readonly Fault[]} faults */
  async function disturb(where, faults) {
    if (faults.length === 0) return;
    const random = createRandom(seed, where);
    for (;;) {
      await pause(random.between(1000, 5000));
      if (isOver()) return;
      const fault = random.pick(faults);
      note(fault.name);
      await fault.until(random);
    }
  }

  /** @param {number} milliseconds */
  async function pause(milliseconds) {
    const end = performance.now() + milliseconds;
    while (performance.now() < end && !isOver()) await sleep(100);
  }
}

/** @param {readonly Application[]} applications @returns {readonly Fault[]} */
function faultsAbove(applications) {
  return [
    {
      name: 'application killed',
      async until(random) {
        const application = random.pick(applications);
        await application.kill();
        await sleep(random.between(0, 1000));
        await application.start();
      },
    },
    {
      name: 'application paused',
      async until(random) {
        const application = random.pick(applications);
        application.pause();
        await sleep(random.between(200, 5000));
        application.resume();
      },
    },
    {
      name: 'clock stepped',
      async until(random) {
        random.pick(applications).stepClock(random.between(-LONGEST_STEP, LONGEST_STEP));
      },
    },
  ];
}

/** @param {Victims} victims @param {Forgetting[]} forgettings @returns {readonly Fault[]} */
function faultsBelow({ server, networks, forgets, isService, disk }, forgettings) {
  if (disk !== undefined)
    return [
      {
        name: 'disk full',
        async until(random) {
          await disk.fill();
          await sleep(random.between(500, 4000));
          await disk.free();
        },
      },
    ];
  if (server === undefined) return [];
  /** @type {Fault} */
  const kill = {
    name: 'database killed',
    async until(random) {
      const startedAt = performance.now();
      await server.kill();
      await sleep(random.between(0, 500));
      await server.restart();
      if (forgets) forgettings.push({ startedAt, endedAt: performance.now() });
    },
  };
  return [
    ...(isService ? [] : [kill]),
    {
      name: 'database paused',
      async until(random) {
        await server.pause();
        await sleep(random.between(200, 4000));
        await server.resume();
      },
    },
    ...['silent', 'slow', 'deaf'].map((state) => networkFault(networks, state)),
    {
      name: 'connections cut',
      async until(random) {
        random.pick(networks).cut();
      },
    },
  ];
}

/** @param {readonly Network[]} networks @param {any} state @returns {Fault} */
function networkFault(networks, state) {
  return {
    name: `network ${state}`,
    async until(random) {
      const network = random.pick(networks);
      network.become(state);
      await sleep(random.between(200, 4000));
      // A partition that ends in new connections, or in the late arrival of what was sent.
      if (random.next() < 0.5) network.cut();
      network.become('good');
    },
  };
}
