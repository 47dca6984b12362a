import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Browser } from './browser.js';
import { SOCKETS } from './races.js';
import { startServers } from './servers.js';

/**
 * @typedef {object} Result
 * @property {import('./races.js').Race} race
 * @property {number} lost
 * @property {number} revived
 * @property {number} signedOut
 * @property {number} survivors
 */

/**
 * Runs races on one system.
 * @param {import('./systems.js').System} system
 * @param {readonly import('./races.js').Race[]} races
 * @param {number} trials
 * @param {(race: import('./races.js').Race, trial: number) => void} onTrial Called when a trial
 * begins, counted from 1.
 * @param {typeof startServers} [start] Default: processes of Node.
 * @returns {Promise<Result[]>}
 */
export async function runRaces(system, races, trials, onTrial, start = startServers) {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-races-'));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  // Also when the user ends the program meanwhile.
  process.once('exit', removeFolder);
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS });
  const servers = await start(system, folder);
  try {
    const results = [];
    for (const race of races) {
      const result = { race, lost: 0, revived: 0, signedOut: 0, survivors: 0 };
      for (let number = 0; number < trials; number++) {
        onTrial(race, number + 1);
        const browser = new Browser(servers.origins, agent);
        const progress = trials === 1 ? 0.5 : number / (trials - 1);
        const {
          lost = 0,
          revived = false,
          signedOut = 0,
          survivors = 0,
        } = await race.run({
          browser,
          servers,
          gate: randomUUID(),
          number,
          progress,
        });
        result.lost += lost;
        result.revived += Number(revived);
        result.signedOut += signedOut;
        result.survivors += survivors;
      }
      results.push(result);
    }
    return results;
  } finally {
    agent.destroy();
    await servers.stop();
    process.off('exit', removeFolder);
    removeFolder();
  }
}
