import { describe, expect, test } from 'vitest';
import { findServer, startServer } from '../../scripts/servers/index.js';
import type { Server } from '../../scripts/servers/types.js';
import { mongodbStores } from '../remote-stores/mongodb.js';
import { redisSentinelStores } from '../remote-stores/redis.js';
import type { RemoteStore } from '../remote-stores/remote-store.js';
import { type Load, startLoad, tagsOf } from './load.js';
import { startPrivateApplication } from './private-application.js';
import { eventually, long } from './store-under-fault.js';

/** A group of servers that outlives the loss of its primary. */
interface Group {
  readonly server: Server;
  /** Where the client library finds the primary. */
  readonly url: string;
  /** Resolves once another node has what was acknowledged until now. */
  replicated(): Promise<void>;
  failover(): Promise<unknown>;
  primary(): Promise<Server>;
}

const sentinel = await findServer('redis-sentinel');
const replicaSet = await findServer('mongodb-replica-set');
for (const found of [sentinel, replicaSet])
  if (!found.available && process.env.CI) throw new Error(found.reason);

async function startSentinel(): Promise<Group> {
  const server = await startServer('redis-sentinel');
  return {
    server,
    url: server.sentinel.url,
    replicated: () => server.replicated(),
    failover: () => server.failover(),
    primary: () => server.master(),
  };
}

async function startReplicaSet(): Promise<Group> {
  const server = await startServer('mongodb-replica-set');
  return {
    server,
    url: server.url,
    // The store waits for the majority with each write.
    replicated: async () => undefined,
    failover: () => server.failover(),
    primary: () => server.primary(),
  };
}

/** @returns How many acknowledged writes are gone. */
async function lossesOfFailover(
  remote: RemoteStore,
  { server, url, replicated, failover, primary }: Group,
  allowed: readonly number[],
): Promise<number> {
  const { application, errors } = await startPrivateApplication(remote, server, url);
  const load = await startLoad(application, allowed);
  await load.progress();
  if (long) {
    await replicated();
    await failover();
    await expectRecovery(load);
  }
  // The sessions that are asked for afterwards.
  await replicated();
  await (await primary()).kill();
  await expectRecovery(load);
  await load.stop();
  expect(errors).toEqual([]);

  let lost = 0;
  for (const worker of load.workers) {
    const kept = new Set(await tagsOf(worker));
    lost += worker.acknowledged.filter((tag) => !kept.has(tag)).length;
  }
  return lost;
}

async function expectRecovery(load: Load): Promise<void> {
  for (const { browser } of load.workers) {
    await eventually(async () => expect((await browser.get('/account')).status).not.toBe(503));
  }
  await load.progress();
}

describe.skipIf(!sentinel.available)('F-09 Redis Sentinel', () => {
  const remotes = long ? redisSentinelStores : redisSentinelStores.slice(0, 1);

  // Replication is asynchronous: the last writes before a failover can be lost. The logins are not
  // among them.
  test.each(remotes)(
    '$name: another master takes over under load, nothing counts twice',
    async (remote) => {
      const lost = await lossesOfFailover(remote, await startSentinel(), [200, 503]);
      if (long) console.log(`${remote.name}: ${lost} acknowledged writes lost`);
    },
  );
});

describe.skipIf(!replicaSet.available)('F-09 a MongoDB replica set', () => {
  test.each(mongodbStores)(
    '$name: another primary takes over under load, nothing is lost and nothing counts twice',
    async (remote) => {
      expect(await lossesOfFailover(remote, await startReplicaSet(), [200, 503])).toBe(0);
    },
  );
});
