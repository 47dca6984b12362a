import { Redis } from 'ioredis';
import { serverGroup } from './group.js';
import { freePort, until } from './process.js';
import { startRedis } from './redis.js';

/** @import { Binary, ServerGroup } from './types.js' */

const masters = 3;
const slots = 16_384;

/**
 * Redis Cluster: three masters, no replicas.
 * @param {readonly string[]} options
 * @param {Binary} binary
 * @returns {Promise<ServerGroup>}
 */
export async function startRedisCluster(options, binary) {
  const settings = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', ...options];
  const busPorts = await Promise.all(Array.from({ length: masters }, freePort));
  const nodes = await Promise.all(
    busPorts.map((port) =>
      startRedis('redis-cluster', binary, [...settings, '--cluster-port', `${port}`]),
    ),
  );
  const clients = nodes.map((node) => new Redis(node.port));
  try {
    await Promise.all(clients.map(takeSlots));
    await Promise.all(
      clients.flatMap((client) =>
        nodes.map((node, index) =>
          client.call('CLUSTER', 'MEET', node.host, node.port, busPorts[index] ?? 0),
        ),
      ),
    );
    await until(async () => {
      const states = await Promise.all(clients.map((client) => client.cluster('INFO')));
      return states.every(
        (state) => state.includes('cluster_state:ok') && state.includes(`cluster_size:${masters}`),
      );
    }, 'the cluster to form');
  } finally {
    for (const client of clients) client.disconnect();
  }
  return serverGroup(nodes);
}

/**
 * @param {Redis} client
 * @param {number} index Of the node.
 */
async function takeSlots(client, index) {
  const start = Math.floor((slots * index) / masters);
  const end = Math.floor((slots * (index + 1)) / masters) - 1;
  await client.call('CLUSTER', 'ADDSLOTSRANGE', start, end);
  await client.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
}
