import type { ServerName } from '../../scripts/servers/types.js';

/** A suite of `sojourn/testing`, as test/runtimes/programs run it. */
export interface Suite {
  readonly kind: 'store' | 'adapter';
  /** The key in programs/stores.ts or programs/adapters.ts. */
  readonly name: string;
  /** What of the table's row it stands for. */
  readonly column: string;
  readonly server?: ServerName;
}

const memory: Suite = { kind: 'store', name: 'memory', column: 'memory' };
const file: Suite = { kind: 'store', name: 'file', column: 'file' };
const sqlite: Suite = { kind: 'store', name: 'sqlite', column: 'sqlite' };
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
  node22: [memory, node, express, fetch],
  node26: [memory, node, express, fetch],
} satisfies Record<string, readonly Suite[]>;
