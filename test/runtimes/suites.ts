import type { ServerName } from '../../scripts/servers/types.js';

export const columns = [
  'memory',
  'file',
  'sqlite',
  'redis',
  'postgres',
  'mysql',
  'memcached',
  'mongodb',
  'dynamodb',
  'node',
  'express',
  'fetch',
] as const;

type Column = (typeof columns)[number];

/** A suite of `sojourn/testing`, as test/runtimes/programs run it. */
export interface Suite {
  readonly kind: 'store' | 'adapter';
  /** The key in programs/stores.ts or programs/adapters.ts. */
  readonly name: string;
  /** Where the table in docs/adapters/runtimes.md shows it. */
  readonly column: Column;
  readonly server?: ServerName;
  /** Whether it runs with `SOJOURN_LONG=1` only. */
  readonly isLong?: boolean;
}

const memory: Suite = { kind: 'store', name: 'memory', column: 'memory' };
const file: Suite = { kind: 'store', name: 'file', column: 'file' };
const sqlite: Suite = { kind: 'store', name: 'node:sqlite', column: 'sqlite' };
const redis: Suite = { kind: 'store', name: 'redis', column: 'redis', server: 'redis' };
const ioredis: Suite = { kind: 'store', name: 'ioredis', column: 'redis', server: 'redis' };
/** Their clients are those of Node: what is ours runs in the suites above. */
const ofNode: readonly Suite[] = [
  { kind: 'store', name: 'pg', column: 'postgres', server: 'postgres', isLong: true },
  { kind: 'store', name: 'mysql2', column: 'mysql', server: 'mariadb', isLong: true },
  { kind: 'store', name: 'memcache', column: 'memcached', server: 'memcached', isLong: true },
  { kind: 'store', name: 'mongodb', column: 'mongodb', server: 'mongodb', isLong: true },
  {
    kind: 'store',
    name: '@aws-sdk/lib-dynamodb',
    column: 'dynamodb',
    server: 'dynamodb',
    isLong: true,
  },
];
const node: Suite = { kind: 'adapter', name: 'node', column: 'node' };
const express: Suite = { kind: 'adapter', name: 'express', column: 'express' };
const fetch: Suite = { kind: 'adapter', name: 'fetch', column: 'fetch' };

/** What runs where. Node 20 and 24 run every test of this repository. */
export const suites = {
  bun: [
    memory,
    file,
    sqlite,
    { ...sqlite, name: 'bun:sqlite' },
    redis,
    ioredis,
    node,
    express,
    fetch,
    { ...fetch, name: 'Bun.serve' },
    ...ofNode,
    { kind: 'store', name: 'Bun.SQL', column: 'postgres', server: 'postgres' },
  ],
  deno: [
    memory,
    file,
    sqlite,
    redis,
    ioredis,
    ...ofNode,
    node,
    express,
    fetch,
    { ...fetch, name: 'Deno.serve' },
  ],
  workerd: [
    memory,
    { kind: 'store', name: 'D1', column: 'sqlite' },
    { kind: 'store', name: 'Durable Object', column: 'sqlite' },
    fetch,
  ],
  node22: [memory, node, express, fetch],
  node26: [memory, node, express, fetch],
} satisfies Record<string, readonly Suite[]>;

const titles: Record<keyof typeof suites, string> = {
  bun: 'Bun 1',
  deno: 'Deno 2',
  workerd: 'Cloudflare Workers',
  node22: 'Node 22',
  node26: 'Node 26',
};

const smoke = Object.fromEntries(columns.map((column) => [column, 'as Node 24']));
const sockets = 'not tested: its client opens sockets';

/** Why a suite does not run in a runtime. */
const reasons: Record<keyof typeof suites, Readonly<Partial<Record<Column, string>>>> = {
  bun: {},
  deno: {},
  workerd: {
    file: 'has no disk',
    redis: sockets,
    postgres: sockets,
    mysql: sockets,
    memcached: sockets,
    mongodb: sockets,
    dynamodb: 'not tested',
    node: 'answers fetch',
    express: 'answers fetch',
  },
  node22: smoke,
  node26: smoke,
};

/** The table of what runs where. */
export function suitesTable(): string {
  const rows = Object.entries(suites).map(([name, list]: [string, readonly Suite[]]) => {
    const runtime = name as keyof typeof suites;
    const cells = columns.map((column) => {
      const ran = list.filter((suite) => suite.column === column);
      return ran.length > 0 ? cellOf(ran) : reasons[runtime][column];
    });
    if (cells.includes(undefined)) throw new Error(`${name} has a suite neither run nor reasoned.`);
    return [titles[runtime], ...cells];
  });
  const all = ['Node 20, 24', ...columns.map(() => 'yes')];
  const lines = [['runtime', ...columns], ['runtime', ...columns].map(() => '---'), all, ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function cellOf(list: readonly Suite[]): string {
  if (list.every(({ name, column }) => name === column)) return 'yes';
  return list
    .map(({ kind, name, column }) =>
      kind === 'adapter' && name === column ? 'called directly' : name,
    )
    .join(', ');
}
