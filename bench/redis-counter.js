import { setTimeout } from 'node:timers/promises';
import { createClient } from 'redis';

/**
 * @typedef {{ storeCommands: number, serverCommands: Record<string, number> }} Counted of one
 * request
 */

const REQUESTS = 50;
/** Two of `totals`, from one look at the reads to the next. */
const OWN_READS = 2;
/** Longer than anything of a request takes that goes on after its response. */
const SETTLED_MILLISECONDS = 50;
/** Before each request, so that a system that touches once a millisecond does. */
const PAUSE_MILLISECONDS = 2;

/**
 * Counts at a Redis server that nobody else uses what one request makes it do: its round trips, as
 * read events of the server's sockets while one request follows another, and its commands by name,
 * those inside scripts included.
 * @param {string} url
 */
export async function openRedisCounter(url) {
  const client = await createClient({ url }).connect();

  async function totals() {
    const reads = /^total_reads_processed:(\d+)/m.exec(await client.info('stats'))?.[1];
    const commands = (await client.info('commandstats')).matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm);
    return {
      reads: Number(reads),
      commands: new Map([...commands].map(([, name = '', calls]) => [name, Number(calls)])),
    };
  }

  return {
    /** @param {() => unknown} request @returns {Promise<Counted>} */
    async count(request) {
      // Scripts are loaded, connections are open.
      await request();
      await setTimeout(SETTLED_MILLISECONDS);
      const before = await totals();
      for (let done = 0; done < REQUESTS; done++) {
        await setTimeout(PAUSE_MILLISECONDS);
        await request();
      }
      await setTimeout(SETTLED_MILLISECONDS);
      const after = await totals();
      const serverCommands = Object.fromEntries(
        [...after.commands]
          .map(
            ([name, calls]) =>
              /** @type {const} */ ([name, (calls - (before.commands.get(name) ?? 0)) / REQUESTS]),
          )
          .filter(([name, calls]) => name !== 'info' && calls > 0),
      );
      return { storeCommands: (after.reads - before.reads - OWN_READS) / REQUESTS, serverCommands };
    },

    close: () => client.destroy(),
  };
}
