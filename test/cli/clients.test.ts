import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ServerName, serverNames } from '../../scripts/servers/index.js';
import { dynamodbStores } from '../remote-stores/dynamodb.js';
import { memcachedStores } from '../remote-stores/memcached.js';
import { mongodbStores } from '../remote-stores/mongodb.js';
import { mysqlStores } from '../remote-stores/mysql.js';
import { postgresStores } from '../remote-stores/postgres.js';
import { redisStores } from '../remote-stores/redis.js';
import type { RemoteStore } from '../remote-stores/remote-store.js';
import { sharedServer } from '../servers.js';
import { createWorkplace, ended, type StartOptions, type Workplace } from './cli.js';

interface Clients {
  readonly server: ServerName;
  /** The URL that the driver takes, from the server's. */
  readonly url: (url: string) => string;
  /** In the order in which they are looked for. */
  readonly clients: readonly string[];
  readonly stores: readonly RemoteStore[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Every client library that a driver can work with. */
const CLIENTS: readonly Clients[] = [
  {
    server: 'redis',
    url: (url) => url,
    clients: ['redis', 'ioredis', 'iovalkey'],
    stores: redisStores,
  },
  { server: 'postgres', url: (url) => url, clients: ['pg', 'postgres'], stores: postgresStores },
  { server: 'mariadb', url: (url) => url, clients: ['mysql2', 'mariadb'], stores: mysqlStores },
  {
    server: 'memcached',
    url: (url) => url,
    clients: ['memcache', 'memjs'],
    stores: memcachedStores,
  },
  {
    server: 'mongodb',
    url: (url) => new URL('/sojourn', url).href,
    clients: ['mongodb'],
    stores: mongodbStores,
  },
  {
    server: 'dynamodb',
    url: () => 'dynamodb://local',
    clients: ['@aws-sdk/lib-dynamodb'],
    stores: dynamodbStores,
    env: { AWS_ACCESS_KEY_ID: 'sojourn', AWS_SECRET_ACCESS_KEY: 'sojourn' },
  },
];

const servers = new Map(
  await Promise.all(
    CLIENTS.map(async ({ server }) => [server, await sharedServer(server)] as const),
  ),
);
const table = `clients_${process.pid}`;

let workplace: Workplace;
beforeAll(() => {
  workplace = createWorkplace();
});
afterAll(() => workplace.remove());

function without(
  clients: readonly string[],
  env: Readonly<Record<string, string>> = {},
): StartOptions {
  return {
    node: ['--import', new URL('without-clients.js', import.meta.url).href],
    env: { ...env, WITHOUT_CLIENTS: clients.join(',') },
  };
}

describe.each(CLIENTS)('$server', ({ server: name, url, clients, stores, env = {} }) => {
  const server = servers.get(name);
  if (server?.available !== true) {
    test.skip(`not here: ${server?.reason}`, () => undefined);
    return;
  }
  const where = ['--connection', url(server.url), '--table', table];
  const settings = { ...env, AWS_ENDPOINT_URL_DYNAMODB: server.url };

  afterAll(async () => {
    const opened = await stores[0]?.open(server.url, { space: table });
    await opened?.remove();
  });

  beforeAll(async () => {
    expect(await workplace.run(['migrate', ...where], settings)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/ready/),
    });
  });

  test.each(clients)('is reached with %s', async (client) => {
    const options = without(clients.slice(0, clients.indexOf(client)), settings);
    const { code, stdout } = await ended(workplace.start(['doctor', ...where], options));
    expect(stdout).toMatch(/ok +The \w+ store reads and writes/);
    expect(stdout).not.toContain('problem');
    expect(code).toBe(0);
  });

  test('without a client: what to install', async () => {
    const { code, stderr } = await ended(workplace.start(['stats', ...where], without(clients)));
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining(clients.map((client) => `npm install ${client}`).join(', ')),
    });
  });
});

test('every kind of server is tried', () => {
  const kinds = serverNames.filter((name) => !/-|valkey|redis8/.test(name));
  expect(CLIENTS.map(({ server }) => server).sort()).toEqual([...kinds].sort());
});
