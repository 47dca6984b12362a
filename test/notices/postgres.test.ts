import { Pool } from 'pg';
import { createClient } from 'redis';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { postgresNotices } from '../../src/notices/postgres.js';
import { sharedServer } from '../servers.js';
import { newChannel, postgresNoticesOf } from './clients.js';
import { heardBy, noticeSuite, noticeWarnings } from './suite.js';

const server = await sharedServer('postgres');
const url = server.available ? server.url : '';

describe.skipIf(!server.available)('on a server', () => {
  for (const each of postgresNoticesOf) noticeSuite(each, url);

  test('a connection that the server ends comes back by itself', async () => {
    const warnings = noticeWarnings();
    const channel = newChannel();
    const pool = new Pool({ connectionString: url, max: 2 });
    pool.on('error', () => undefined);
    onTestFinished(() => pool.end());
    const heard = await heardBy(postgresNotices({ client: pool, channel }));
    const other = postgresNotices({ client: pool, channel });
    const ended = await pool.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where query = $1',
      [`listen "${channel}"`],
    );
    expect(ended.rowCount).toBe(1);
    await vi.waitFor(
      async () => {
        await other.publish({ kind: 'ended', id: 'a', handle: undefined });
        expect(heard.length).toBeGreaterThan(0);
      },
      { timeout: 10_000 },
    );
    expect(warnings).toEqual([expect.stringContaining('was lost and is made again')]);
  });
});

test.each([
  ['a client of Redis', { client: createClient() }, 'which redisNotices takes'],
  ['the class', { client: Pool }, 'not an object of it'],
  ['an address', { client: 'postgres://secret@host' }, 'client is a text, not a client.'],
])('%s is refused by name', (_name, options, message) => {
  expect(() => postgresNotices(options as never)).toThrow(
    expect.objectContaining({
      code: 'invalid-option',
      message: expect.stringContaining(message),
    }),
  );
});
