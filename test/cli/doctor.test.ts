import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startServer } from '../../scripts/servers/index.js';
import { sessionListener } from '../../src/adapters/node.js';
import { createSessions, type SessionOptions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { sharedServer } from '../servers.js';
import { createWorkplace, type Workplace } from './cli.js';

const postgres = await sharedServer('postgres');
const redis = await sharedServer('redis');

interface Report {
  findings: { level: string; is: string; advice?: string }[];
}

let workplace: Workplace;
let server: Server | undefined;
beforeEach(() => {
  workplace = createWorkplace();
});
afterEach(() => {
  server?.close();
  server = undefined;
  workplace.remove();
});

/** Starts a server, and gives the address of its page. */
async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function page(options: Partial<SessionOptions>): RequestListener {
  const sessions = createSessions<{ views: number }>({ store: memoryStore(), ...options });
  return sessionListener(sessions, (_request, response, session) => {
    session.set('views', 1);
    response.end('ok');
  });
}

async function examine(
  url: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Report & { code: number | null }> {
  const { code, stdout } = await workplace.run(
    ['doctor', '--json', '--connection', 'memory:', '--url', url],
    env,
  );
  return { code, ...(JSON.parse(stdout) as Report) };
}

test('a page with the configured cookie is well', async () => {
  const url = await serve(page({ cookie: { secure: 'auto' } }));
  const { code, findings } = await examine(url, { SOJOURN_SECURE: 'auto' });
  expect(findings).toContainEqual({
    level: 'ok',
    is: 'The cookie sid has the flags of the configuration.',
  });
  expect(findings).toContainEqual({
    level: 'ok',
    is: expect.stringMatching(/The clock of 127\.0\.0\.1:\d+ agrees/),
  });
  expect(findings).toContainEqual({ level: 'ok', is: expect.stringContaining('was not believed') });
  expect(code).toBe(0);
});

test('S-29 a server that believes a forged X-Forwarded-Proto is found', async () => {
  const url = await serve(page({ cookie: { secure: 'auto' }, trustProxy: true }));
  const { findings } = await examine(url, { SOJOURN_SECURE: 'auto', SOJOURN_TRUST_PROXY: '1' });
  expect(findings).toContainEqual({
    level: 'warning',
    is: expect.stringContaining('believed'),
    advice: expect.stringContaining('trustProxy'),
  });
});

test('a cookie without the configured flags, or by another name, is a problem', async () => {
  const url = await serve((_request, response) =>
    response.setHeader('Set-Cookie', 'sid=1; Path=/').end(),
  );
  const lacking = await examine(url, { SOJOURN_SECURE: 'auto' });
  expect(lacking.findings).toContainEqual({
    level: 'problem',
    is: 'The cookie sid lacks httponly, samesite=lax.',
    advice: expect.any(String),
  });
  expect(lacking.findings).toContainEqual({
    level: 'warning',
    is: expect.stringContaining('no-store'),
    advice: expect.any(String),
  });
  expect(lacking.code).toBe(1);
  const renamed = await examine(url, { SOJOURN_SECURE: 'auto', SOJOURN_COOKIE: 'visit' });
  expect(renamed.findings).toContainEqual({
    level: 'warning',
    is: expect.stringContaining('sets no session cookie'),
    advice: expect.any(String),
  });
});

test('a server whose clock is off is found', async () => {
  const url = await serve((_request, response) =>
    response.setHeader('Date', new Date(Date.now() - 90_000).toUTCString()).end(),
  );
  const { findings } = await examine(url);
  expect(findings).toContainEqual({
    level: 'warning',
    is: expect.stringMatching(/is (89|9\d)\.\d s behind/),
    advice: expect.stringContaining('NTP'),
  });
});

test('a page that fails, and one that is not there', async () => {
  const url = await serve((_request, response) => response.writeHead(503).end());
  expect((await examine(url)).findings).toContainEqual({
    level: 'problem',
    is: expect.stringContaining('503'),
    advice: expect.any(String),
  });
  const { code, findings } = await examine('http://127.0.0.1:1/');
  expect(code).toBe(1);
  expect(findings).toContainEqual({
    level: 'problem',
    is: expect.stringContaining('127.0.0.1:1 cannot be reached'),
    advice: expect.stringContaining('--url'),
  });
});

test('settings that weaken, or do not work, are found', async () => {
  const well = {
    SOJOURN_SECRET: 'f3Jq8-Zt0bWm5yKx1uLr9vNcEa2HgPdS7oTi',
    SOJOURN_CONNECTION: workplace.sqlite,
  };
  await workplace.run(['migrate'], well);
  const levels = async (env: Record<string, string>): Promise<string[]> => {
    const { stdout } = await workplace.run(['doctor', '--json'], { ...well, ...env });
    return (JSON.parse(stdout) as Report).findings.map(({ level }) => level);
  };
  expect(await levels({})).toEqual(['ok', 'ok']);
  expect(await levels({ SOJOURN_HTTP_ONLY: 'false', SOJOURN_SAME_SITE: 'none' })).toEqual([
    'ok',
    'warning',
    'warning',
    'ok',
  ]);
  expect(await levels({ SOJOURN_IDLE_TIMEOUT: '30d' })).toEqual(['ok', 'warning', 'ok']);
  expect(await levels({ SOJOURN_SAME_SITE: 'none', SOJOURN_SECURE: 'false' })).toEqual([
    'ok',
    'problem',
    'ok',
  ]);
  expect(await levels({ SOJOURN_SECRET: 'keyboard cat' })).toEqual(['ok', 'problem', 'ok']);
});

test.skipIf(!postgres.available)('an index that is missing is found', async () => {
  const connection = postgres.available ? postgres.url : '';
  const table = `doctor_${process.pid}`;
  const where = ['--connection', connection, '--table', table];
  await workplace.run(['migrate', ...where]);
  const { Pool } = await import('pg');
  const pool = new Pool({ connectionString: connection });
  await pool.query(`drop index "${table}_user_id"`);
  expect((await workplace.run(['doctor', ...where])).stdout).toContain(
    `The table ${table} has no index over user_id`,
  );
  await workplace.run(['migrate', ...where]);
  expect((await workplace.run(['doctor', ...where])).stdout).toContain('suit sessions');
  await pool.query(`drop table "${table}"`);
  await pool.end();
});

test.skipIf(!redis.available)(
  'a Redis that evicts, forgets at a restart, or has no limit is found',
  async () => {
    const server = await startServer('redis');
    const client = new Redis(server.url);
    const levels = async (...settings: string[]): Promise<string[]> => {
      await client.config('SET', ...(settings as [string, string]));
      const { stdout } = await workplace.run(['doctor', '--json', '--connection', server.url]);
      return (JSON.parse(stdout) as Report).findings.map(({ level, is }) => `${level} ${is}`);
    };
    try {
      const unlimited = await levels(
        'maxmemory',
        '0',
        'maxmemory-policy',
        'noeviction',
        'appendonly',
        'yes',
      );
      expect(unlimited).toContainEqual(expect.stringMatching(/^warning maxmemory is not set/));
      expect(await levels('maxmemory', '100mb')).toContain(
        'ok The settings of the redis server suit sessions.',
      );
      // Last: while Redis begins a new append-only file it does not let itself be stopped.
      const evicting = await levels('maxmemory-policy', 'volatile-ttl', 'appendonly', 'no');
      expect(evicting).toContainEqual(
        expect.stringMatching(/^warning maxmemory-policy is volatile-ttl/),
      );
      expect(evicting).toContainEqual(expect.stringMatching(/^warning appendonly is off/));
    } finally {
      client.disconnect();
      await server.stop();
    }
  },
);

describe('on localhost', () => {
  const local = (url: string): string => url.replace('127.0.0.1', 'localhost');
  const forged = (findings: Report['findings']): unknown[] =>
    findings.filter(({ is }) => is.includes('X-Forwarded-Proto'));

  test.each([
    ['127.0.0.1', (url: string) => url],
    ['localhost', local],
  ])('%s: the default cookie is expected over plain http', async (_, at) => {
    const url = at(await serve(page({})));
    const { findings } = await examine(url);
    expect(findings).toContainEqual({
      level: 'ok',
      is: 'The cookie __Host-sid has the flags of the configuration.',
    });
    expect(forged(findings)).toEqual([
      { level: 'ok', is: expect.stringContaining('not believed') },
    ]);
  });

  test('a page without the cookie is told to be the wrong page', async () => {
    const url = local(await serve((_request, response) => response.end('static')));
    const { findings } = await examine(url);
    expect(findings).toContainEqual({
      level: 'warning',
      is: `${url} sets no session cookie.`,
      advice: expect.stringContaining('Give a page that writes to a new session.'),
    });
  });

  test('S-29 a forged X-Forwarded-Proto is found there too', async () => {
    const url = local(await serve(page({ trustProxy: true })));
    const { findings } = await examine(url, { SOJOURN_TRUST_PROXY: '1' });
    expect(forged(findings)).toEqual([
      { level: 'warning', is: expect.stringContaining('believed'), advice: expect.any(String) },
    ]);
  });

  test('nothing is said of what cannot be seen', async () => {
    const strict = page({});
    const url = local(
      await serve((request, response) => {
        if (request.headers.host?.startsWith('localhost')) strict(request, response);
        else response.writeHead(421).end();
      }),
    );
    expect(forged((await examine(url)).findings)).toEqual([]);
    const insecure = local(await serve(page({ cookie: { secure: false } })));
    expect(forged((await examine(insecure, { SOJOURN_SECURE: 'false' })).findings)).toEqual([]);
  });

  test('a server that is not up: the reason is told', async () => {
    const url = local(await serve(page({})));
    server?.close();
    const { findings } = await examine(url);
    expect(findings).toContainEqual({
      level: 'problem',
      is: expect.stringMatching(/^localhost:\d+ cannot be reached: .*ECONNREFUSED/),
      advice: expect.any(String),
    });
  });
});
