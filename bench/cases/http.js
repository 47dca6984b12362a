import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../http/server-process.js';
import { BARE } from '../measure.js';

/** @import { Cell } from '../measure.js' */

/** What a request does, and whether it comes with the cookies of its visitor. */
const ACTIONS = [
  { action: 'untouched', remember: false },
  { action: 'read', remember: true },
  { action: 'write', remember: true },
  { action: 'new', remember: false },
];

const PEERS = ['express-session MemoryStore', 'express-session session-file-store', 'cookie-session', 'hand-written Map'];
const OURS = ['sojourn memory', 'sojourn sqlite', 'sojourn file', 'sojourn sealed'];
/** As long as our own cookie, so that the bare server reads as much. */
const COOKIE_OF_BARE = 'x'.repeat(43);

/** @type {readonly { name: string, framework: string, systems: readonly string[] }[]} */
export const HTTP_CASES = [
  { name: 'http express', framework: 'express', systems: [BARE, ...OURS, ...PEERS] },
  { name: 'http node', framework: 'node', systems: [BARE, ...OURS, ...PEERS] },
];

/** @type {import('../measure.js').OpenCase<typeof HTTP_CASES[number]>} */
export async function openHttpCase({ name, framework, systems }, isWanted) {
  const directory = await mkdtemp(join(tmpdir(), 'sojourn-bench-'));
  const actions = ACTIONS.filter(({ action }) => systems.some((system) => isWanted(system, action)));
  /** @type {Cell[]} */
  const cells = [];
  /** @type {Awaited<ReturnType<typeof startServer>>[]} */
  const servers = [];
  for (const system of systems) {
    const wanted = actions.filter(({ action }) => system === BARE || isWanted(system, action));
    if (wanted.length === 0) continue;
    const server = await startServer(framework, system, join(directory, system.replaceAll(' ', '-')));
    servers.push(server);
    for (const client of server.clients) {
      if (system === BARE) client.setCookie('__Host-sid', COOKIE_OF_BARE);
      await client.get('/start', { remember: true });
      if (!client.hasCookies) throw new Error(`${system} gave no cookie`);
    }
    for (const { action, remember } of wanted) {
      const run = (/** @type {number} */ milliseconds) => server.load(`/${action}`, { remember }, milliseconds);
      cells.push({ case: name, system, action, isRequest: true, run });
    }
  }
  return {
    cells,
    async close() {
      await Promise.all(servers.map((server) => server.stop()));
      await rm(directory, { recursive: true });
    },
  };
}
