import { describe, test } from 'vitest';
import { findServer } from '../../scripts/servers/index.js';
import type { RemoteStore } from '../remote-stores/remote-store.js';
import { sharedServer } from '../servers.js';
import { brokenReplies } from './broken-replies.js';
import { clocks } from './clocks.js';
import { crowds } from './crowds.js';
import { lateWrites } from './late-writes.js';
import { outages } from './outages.js';
import { type Kept, restarts } from './restarts.js';
import { stalls } from './stalls.js';
import { long, type StoreUnderFault } from './store-under-fault.js';

/** What the tests of faults need to know of a store. */
export interface StoreFaultsOptions {
  readonly kept: Kept;
  /** More of the server's command line, for one that shall keep all. */
  readonly serverOptions?: readonly string[];
  /** What a request that deletes is known by, where it does not carry the id. */
  readonly deletes?: readonly string[];
}

/**
 * Registers the tests of faults for a store: with the first client library, in the long run with
 * each.
 */
export async function storeFaults(
  remotes: readonly RemoteStore[],
  { kept, serverOptions = [], deletes = [] }: StoreFaultsOptions,
): Promise<void> {
  for (const remote of long ? remotes : remotes.slice(0, 1)) {
    const server = await sharedServer(remote.server);
    const own = await findServer(remote.server);
    if (!own.available && process.env.CI) throw new Error(own.reason);
    describe.skipIf(!server.available)(
      server.available ? remote.name : `${remote.name}: ${server.reason}`,
      () => {
        const under: StoreUnderFault = { remote, url: server.available ? server.url : '' };
        stalls(under);
        outages(under);
        lateWrites(under, deletes);
        brokenReplies(under);
        crowds(under);
        clocks(under);
        if (own.available) restarts(remote, kept, serverOptions);
        else test.skip(`F-09 ${own.reason}`, () => undefined);
      },
    );
  }
}
