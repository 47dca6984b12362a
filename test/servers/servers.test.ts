import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { findServer, startServer } from '../../scripts/servers/index.js';
import { until } from '../../scripts/servers/process.js';
import { isRunning } from '../../scripts/servers/signals.js';
import { sharedServer } from '../servers.js';

const redis = await findServer('redis');
const postgres = await findServer('postgres');

describe.skipIf(!redis.available)('a server of one’s own', () => {
  test('keeps its port and its data when it is killed and started again', async () => {
    const server = await startServer('redis');
    const client = new Redis(server.port);
    client.on('error', () => undefined);
    await client.set('a', '1');
    const [pid] = server.pids;
    await server.kill();
    expect(server.pids).toEqual([]);
    expect(isRunning(pid!)).toBe(false);
    await server.restart();
    expect(await client.get('a')).toBe('1');
    client.disconnect();
    await server.stop();
    await server.stop();
    expect(server.pids).toEqual([]);
  });

  test('does not answer while it is paused', async () => {
    const server = await startServer('redis');
    const client = new Redis(server.port);
    await client.ping();
    await server.pause();
    let answered = false;
    const answer = client.ping().then(() => {
      answered = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(answered).toBe(false);
    await server.resume();
    await answer;
    client.disconnect();
    await server.stop();
  });

  test('takes more of its own command line', async () => {
    const server = await startServer('redis', { options: ['--maxmemory', '10mb'] });
    const client = new Redis(server.port);
    expect(await client.config('GET', 'maxmemory')).toEqual(['maxmemory', '10485760']);
    client.disconnect();
    await server.stop();
  });

  test('says why it did not start', async () => {
    await expect(startServer('redis', { options: ['--nonsense', '1'] })).rejects.toThrow(
      /redis did not start.*nonsense/s,
    );
  });

  test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
    'ends, and its folder goes, when its owner is ended by %s',
    async (signal) => {
      const owner = spawn(
        process.execPath,
        [fileURLToPath(new URL('./owner.js', import.meta.url))],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      const [line] = await once(createInterface({ input: owner.stdout }), 'line');
      const { pids, folder } = JSON.parse(line) as { pids: [number]; folder: string };
      expect(isRunning(pids[0])).toBe(true);
      owner.kill(signal);
      await until(() => !isRunning(pids[0]) && !existsSync(folder), 'the server to end');
    },
  );
});

describe.skipIf(!postgres.available)('a server of many processes', () => {
  test('stalls as a whole, and is killed as a whole', async () => {
    const server = await startServer('postgres');
    const client = new pg.Client(server.url);
    const lost = new Promise((resolve) => client.on('error', resolve));
    await client.connect();
    await client.query('create table kept (a int)');
    await server.pause();
    let answered = false;
    const answer = client.query('select 1').then(() => {
      answered = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(answered).toBe(false);
    await server.resume();
    await answer;
    await server.kill();
    await lost;
    await server.restart();
    const again = new pg.Client(server.url);
    await again.connect();
    expect((await again.query('select * from kept')).rows).toEqual([]);
    await again.end();
    await server.stop();
  });
});

describe('the shared server', () => {
  test('is the same whoever asks', async () => {
    const [first, second] = await Promise.all([sharedServer('redis'), sharedServer('redis')]);
    expect(first).toEqual(second);
  });
});
