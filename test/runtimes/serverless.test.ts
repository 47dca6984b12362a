import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { sharedServer } from '../servers.js';
import { bundle } from './bundle.js';

const run = promisify(execFile);
const program = await bundle('serverless');
const redis = await sharedServer('redis');

if (!redis.available) test.skip(`a function with Redis: ${redis.reason}`, () => undefined);

test.each([
  ['memory', 0],
  ['sqlite', 0],
  ...(redis.available ? [['redis', 1] as const] : []),
] as const)(
  'a function called five times leaves nothing running: %s',
  async (store, connections) => {
    const folder = await mkdtemp(join(tmpdir(), 'sojourn-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const place =
      store === 'redis' && redis.available ? redis.url : join(folder, 'sessions.sqlite');
    // It has to end by itself.
    const { stdout } = await run(process.execPath, [program, store, place], { timeout: 20_000 });
    expect(JSON.parse(stdout)).toEqual({
      answers: ['1', '2', '3', '4', '5'],
      timers: 0,
      connections,
    });
  },
);
