import type { Weakness } from '../../health/server.js';
import { type RedisClient, redisStore } from '../../stores/redis.js';
import { clientsOf } from '../clients.js';
import type { Driver, OpenedStore, Place } from '../driver.js';

/** In milliseconds; below the core's storeTimeout. */
const CONNECT_TIMEOUT = 2000;
const MAX_RECONNECT_DELAY = 1000;

const clients = clientsOf('redis', [
  { name: 'redis', open: openNodeRedis },
  { name: 'ioredis', open: openIoredis },
  { name: 'iovalkey', open: openIoredis },
]);

/** One server: `redis://user:password@localhost:6379/0`, `rediss://` over TLS. */
export const redisDriver: Driver = {
  name: 'redis',
  protocols: ['redis:', 'rediss:'],
  connection: 'redis://localhost:6379',
  sweepsItself: true,
  requireClient: clients.require,
  open: clients.open,
};

/** What the clients of all libraries have. */
interface Connecting {
  on(event: 'error', listener: (error: Error) => void): unknown;
  once(event: 'ready', listener: () => void): unknown;
  connect(): Promise<unknown>;
}

interface NodeRedis {
  createClient(
    options: object,
  ): RedisClient &
    Connecting & { close(): Promise<unknown>; sendCommand(command: string[]): Promise<unknown> };
}

async function openNodeRedis(
  { createClient }: NodeRedis,
  { connection, table }: Place,
): Promise<OpenedStore> {
  const client = await connected((delay) =>
    createClient({
      url: connection,
      disableOfflineQueue: true,
      socket: {
        connectTimeout: CONNECT_TIMEOUT,
        reconnectStrategy: (retries: number) => delay(retries) ?? false,
      },
    }),
  );
  return openedStore(
    client,
    table,
    (...command) => client.sendCommand(command),
    async () => void (await client.close()),
  );
}

interface Ioredis {
  Redis: new (
    url: string,
    options: object,
  ) => RedisClient &
    Connecting & {
      quit(): Promise<unknown>;
      call(command: string, ...values: string[]): Promise<unknown>;
    };
}

async function openIoredis({ Redis }: Ioredis, { connection, table }: Place): Promise<OpenedStore> {
  const client = await connected(
    (delay) =>
      new Redis(connection, {
        lazyConnect: true,
        maxRetriesPerRequest: 1,
        connectTimeout: CONNECT_TIMEOUT,
        retryStrategy: (retries: number) => delay(retries) ?? null,
      }),
  );
  return openedStore(
    client,
    table,
    (command, ...values) => client.call(command, ...values),
    async () => void (await client.quit()),
  );
}

/**
 * A client that is connected, and connects again after `delay` milliseconds; `undefined` is never.
 */
async function connected<Client extends Connecting>(
  make: (delay: (retries: number) => number | undefined) => Client,
): Promise<Client> {
  let wasReady = false;
  // A server that never answered has a wrong address. A server that did answer will come back.
  const client = make((retries) =>
    wasReady ? Math.min(retries * 50, MAX_RECONNECT_DELAY) : undefined,
  );
  client.once('ready', () => {
    wasReady = true;
  });
  // Later, failing calls report it. Only here does ioredis say why it could not connect.
  let reason: Error | undefined;
  client.on('error', (error) => {
    reason ??= error;
  });
  await client.connect().catch((error: unknown) => {
    throw reason ?? error;
  });
  return client;
}

type Send = (command: string, ...values: string[]) => Promise<unknown>;

function openedStore(
  client: RedisClient,
  table: string | undefined,
  send: Send,
  close: () => Promise<void>,
): OpenedStore {
  const prefix = table === undefined ? undefined : `${table}:`;
  return {
    store: { ...redisStore({ client, prefix }), close },
    server: {
      async now() {
        const [seconds, microseconds] = (await send('TIME')) as [string, string];
        return Number(seconds) * 1000 + Number(microseconds) / 1000;
      },
      weaknesses: async () => weaknessesOf(String(await send('INFO'))),
    },
  };
}

/** What INFO tells, which managed servers allow where they refuse CONFIG. */
function weaknessesOf(info: string): Weakness[] {
  const facts = new Map(
    info
      .split('\r\n')
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  );
  const policy = facts.get('maxmemory_policy');
  const weaknesses: Weakness[] = [];
  if (facts.get('maxmemory') === '0') {
    weaknesses.push({
      is: 'maxmemory is not set: Redis grows until the machine ends it.',
      advice: 'Set maxmemory, with maxmemory-policy noeviction.',
    });
  }
  if (policy?.startsWith('allkeys-') || policy?.startsWith('volatile-')) {
    weaknesses.push({
      is: `maxmemory-policy is ${policy}: when memory is short, Redis drops sessions, and people are signed out.`,
      advice: 'Set it to noeviction, and give sessions a server of their own.',
    });
  }
  if (facts.get('aof_enabled') === '0') {
    weaknesses.push({
      is: 'appendonly is off: a restart loses the sessions of the last minutes, and brings back some that had ended.',
      advice: 'Set appendonly yes, unless everybody may be signed out by a restart.',
    });
  }
  return weaknesses;
}
