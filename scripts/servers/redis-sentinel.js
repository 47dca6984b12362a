import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { serverGroup } from './group.js';
import { makeFolder, startProcess, until } from './process.js';
import { startRedis } from './redis.js';

/** @import { Binary, SentinelGroup, Server } from './types.js' */

const masterName = 'main';

/**
 * A master, a replica and a sentinel that decides alone, one second after it has lost the master.
 * @param {readonly string[]} options
 * @param {Binary} binary
 * @returns {Promise<SentinelGroup>}
 */
export async function startRedisSentinel(options, binary) {
  const first = await startRedis('redis-sentinel', binary, options);
  const replica = await startRedis('redis-sentinel', binary, [
    ...options,
    '--replicaof',
    `${first.host} ${first.port}`,
  ]);
  const nodes = [first, replica];
  const sentinel = await startSentinel(binary, first);

  const master = () =>
    withClient(sentinel, async (client) => {
      const address = await client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', masterName);
      const found = nodes.find(
        (node) => Array.isArray(address) && String(node.port) === address[1],
      );
      if (!found) throw new Error(`The sentinel names none of the nodes: ${address}`);
      return found;
    });

  /** @param {Server} node */
  const follows = (node) =>
    withClient(node, async (client) =>
      (await client.info('replication')).includes('master_link_status:up'),
    );

  /**
   * How much a node has written, as a master or after one.
   * @param {Server} node
   * @param {'master_repl_offset' | 'slave_repl_offset'} name
   */
  const offset = (node, name) =>
    withClient(node, async (client) => {
      const [, value] = new RegExp(`${name}:(\\d+)`).exec(await client.info('replication')) ?? [];
      return Number(value);
    });

  async function replicated() {
    const current = await master();
    const written = await offset(current, 'master_repl_offset');
    const other = current === first ? replica : first;
    await until(
      async () => (await offset(other, 'slave_repl_offset')) >= written,
      'the replica to have what the master has',
    );
  }

  async function failover() {
    const old = await master();
    await withClient(sentinel, (client) => client.call('SENTINEL', 'FAILOVER', masterName));
    // The old master drops its connections while it is demoted.
    const hasMoved = async () => (await master()) !== old && (await follows(old));
    await until(() => hasMoved().catch(() => false), 'the old master to follow the new one');
  }

  await until(async () => {
    const known = await withClient(sentinel, (client) =>
      client.call('SENTINEL', 'REPLICAS', masterName),
    );
    return Array.isArray(known) && known.length === 1 && (await follows(replica));
  }, 'the sentinel to know the replica');
  const verbs = { master, replicated, failover };
  return Object.assign(serverGroup(nodes, [sentinel]), { sentinel, masterName, ...verbs });
}

/**
 * @param {Binary} binary
 * @param {Server} master
 */
function startSentinel(binary, master) {
  const folder = makeFolder('redis-sentinel');
  const settings = [
    `sentinel monitor ${masterName} ${master.host} ${master.port} 1`,
    `sentinel down-after-milliseconds ${masterName} 1000`,
    `sentinel failover-timeout ${masterName} 5000`,
  ];
  writeFileSync(join(folder, 'sentinel.conf'), `${settings.join('\n')}\n`);
  return startProcess({
    name: 'redis-sentinel',
    version: binary.version,
    command: binary.path,
    folder,
    options: (port) => ['sentinel.conf', '--sentinel', '--bind', '127.0.0.1', '--port', `${port}`],
    url: (port) => `redis://127.0.0.1:${port}`,
    ready: /\+monitor master/,
  });
}

/**
 * @template Result
 * @param {Server} server
 * @param {(client: Redis) => Promise<Result>} use
 */
async function withClient(server, use) {
  const client = new Redis(server.port, { retryStrategy: null });
  // The call that meets the error rejects with it too.
  client.on('error', () => undefined);
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}
