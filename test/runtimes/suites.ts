import type { ServerName } from '../../scripts/servers/types.js';

export const columns = [
  'memory',
  'file',
  'sqlite',
  'redis',
  'postgres',
  'node',
  'express',
  'fetch',
] as const;

/** A suite of `sojourn/testing`, as test/runtimes/programs run it. */
export interface Suite {
  readonly kind: 'store' | 'adapter';
  /** The key in programs/stores.ts or programs/adapters.ts. */
  readonly name: string;
  /** Where the table in docs/adapters/runtimes.md shows it. */
  readonly column: (typeof columns)[number];
  readonly server?: ServerName;
}

const memory: Suite = { kind: 'store', name: 'memory', column: 'memory' };
const file: Suite = { kind: 'store', name: 'file', column: 'file' };
const sqlite: Suite = { kind: 'store', name: 'node:sqlite', column: 'sqlite' };
const redis: Suite = { kind: 'store', name: 'redis', column: 'redis', server: 'redis' };
const ioredis: Suite = { kind: 'store', name: 'ioredis', column: 'redis', server: 'redis' };
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
    { kind: 'store', name: 'Bun.SQL', column: 'postgres', server: 'postgres' },
  ],
  deno: [
    memory,
    file,
    sqlite,
    redis,
    ioredis,
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

/** The table of what runs where. */
export function suitesTable(): string {
  const rows = Object.entries(suites).map(([runtime, list]: [string, readonly Suite[]]) => [
    titles[runtime as keyof typeof suites],
    ...columns.map((column) => cellOf(list.filter((suite) => suite.column === column))),
  ]);
  const all = ['Node 20, 24', ...columns.map(() => 'yes')];
  const lines = [['runtime', ...columns], ['runtime', ...columns].map(() => '---'), all, ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function cellOf(list: readonly Suite[]): string {
  if (list.length === 0) return '';
  if (list.every(({ name, column }) => name === column)) return 'yes';
  return list
    .map(({ kind, name, column }) =>
      kind === 'adapter' && name === column ? 'called directly' : name,
    )
    .join(', ');
}
