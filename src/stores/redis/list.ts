import type { PageOptions } from '../contract.js';
import type { RedisCommands } from './clients.js';
import { formatPosition, markOf, parsePosition } from './position.js';

/** How often a page asks for keys, where most keys of the database are not records. */
const MAX_SCANS = 10;
/** How many keys the server looks at in one go. It does nothing else meanwhile. */
const MAX_COUNT = 1000;

/**
 * How many keys a page remembers of those before. SCAN goes back a little when the server makes its
 * table of keys smaller, and names some again.
 */
const RECENT = 32;

/**
 * The keys of a page, without the prefix that they begin with. A key that stays appears on one
 * page, unless the server deletes most of its keys meanwhile: SCAN may then go back further than
 * the page remembers.
 *
 * SCAN may find more than it was asked for. These wait in `next` for the pages that follow: asked
 * again, SCAN would answer otherwise, because the table may have grown. A master that is new, as
 * after a fail-over, is gone through from its beginning: it does not know the cursor of another.
 */
export async function listKeys(
  commands: RedisCommands,
  prefix: string,
  { after, limit }: PageOptions,
): Promise<{ keys: readonly string[]; next: string | undefined }> {
  const position = parsePosition(after);
  const through = new Set(position.through);
  const found = new Set(position.ids);
  let { current, cursor } = position;
  const masters = (await commands.masters(prefix)).map(({ name, scan }) => ({
    mark: markOf(name),
    scan,
  }));
  const nextMaster = () =>
    masters.find(({ mark }) => mark === current) ?? masters.find(({ mark }) => !through.has(mark));

  let master = nextMaster();
  for (let scans = 0; master !== undefined && scans < MAX_SCANS && found.size < limit; scans++) {
    const { mark, scan } = master;
    const count = Math.min(limit - found.size, MAX_COUNT);
    const scanned = await scan(mark === current ? cursor : '0', count);
    for (const key of scanned.keys) {
      const id = key.slice(prefix.length);
      if (!position.recent.includes(markOf(id))) found.add(id);
    }
    cursor = scanned.next;
    current = cursor === '0' ? '' : mark;
    if (cursor === '0') through.add(mark);
    master = nextMaster();
  }

  const keys = [...found].slice(0, limit);
  const ids = [...found].slice(limit);
  if (master === undefined && ids.length === 0) return { keys, next: undefined };
  const recent = [...position.recent, ...keys.map(markOf)].slice(-RECENT);
  const next = formatPosition({ through: [...through], current, cursor, ids, recent });
  return { keys, next };
}

/** All keys that begin with `prefix`, without it. Some may come again. */
export async function* eachKey(commands: RedisCommands, prefix: string): AsyncGenerator<string> {
  for (const master of await commands.masters(prefix)) {
    let cursor = '0';
    do {
      const { keys, next } = await master.scan(cursor, MAX_COUNT);
      for (const key of keys) yield key.slice(prefix.length);
      cursor = next;
    } while (cursor !== '0');
  }
}
