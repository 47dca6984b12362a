import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { sessionListener } from '../../src/adapters/node.js';
import { cookieSessions, createSessions } from '../../src/index.js';
import { listen } from '../adapters/reply.js';

const page = readFileSync(new URL('../../docs/recipes/nginx.md', import.meta.url), 'utf8');
const [, recipe = ''] = /location \/ \{\n([\s\S]*?)\n {2}\}\n\}\n```/.exec(page) ?? [];
const hasNginx = spawnSync('nginx', ['-v']).status === 0;
if (!hasNginx && process.env.CI) throw new Error('There is no nginx. Install it from Debian.');

describe.skipIf(!hasNginx)('behind a real nginx', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-nginx-'));
  let upstream: Awaited<ReturnType<typeof listen>>;

  beforeAll(async () => {
    const sessions = createSessions<{ note: string }>({
      store: cookieSessions(),
      secret: 'f3Jq8-Zt0bWm5yKx1uLr9vNcEa2HgPdS7oTi',
      trustProxy: true,
    });
    upstream = await listen(
      createServer(
        sessionListener(sessions, (request, response, session) => {
          const length = Number(
            new URL(request.url ?? '', 'http://localhost').searchParams.get('n'),
          );
          session.set('note', 'x'.repeat(length));
          response.end('stored');
        }),
      ),
    );
  });

  afterAll(async () => {
    await upstream.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The address of an nginx in front of the server, with these lines for its location. */
  async function proxy(lines: string): Promise<string> {
    const socket = createSocketServer().listen(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address() as AddressInfo;
    socket.close();
    await once(socket, 'close');
    const own = mkdtempSync(join(folder, 'run-'));
    mkdirSync(join(own, 'temporary'));
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${own}/temporary/${name};`)
      .join('\n');
    writeFileSync(
      join(own, 'nginx.conf'),
      `daemon off; pid ${own}/pid; error_log ${own}/error.log; events {}
       http { access_log off; ${paths}
         server { listen 127.0.0.1:${port}; location / { ${lines} } } }`,
    );
    const nginx: ChildProcess = spawn('nginx', ['-p', own, '-c', join(own, 'nginx.conf')], {
      stdio: 'ignore',
    });
    onTestFinished(async () => {
      nginx.kill('SIGTERM');
      await once(nginx, 'close');
    });
    const origin = `http://127.0.0.1:${port}`;
    await expect
      .poll(() =>
        fetch(`${origin}/?n=1`).then(
          ({ status }) => status,
          () => 0,
        ),
      )
      .toBe(200);
    return origin;
  }

  /** The recipe's lines, to this test's server, as if nginx had taken off TLS. */
  const recommended = () =>
    recipe
      .replace('http://127.0.0.1:3000', upstream.origin)
      .replace('X-Forwarded-Proto $scheme', 'X-Forwarded-Proto https');

  test('a large sealed cookie fails with the default buffer, and passes with the one of the recipe', async () => {
    const plain = `proxy_pass ${upstream.origin}; proxy_set_header Host $host;
      proxy_set_header X-Forwarded-Proto https;`;
    const byDefault = await proxy(`${plain} proxy_buffer_size 4k;`);
    expect((await fetch(`${byDefault}/?n=3500`)).status).toBe(502);
    const large = await fetch(`${await proxy(recommended())}/?n=3500`);
    expect(large.status).toBe(200);
    const cookie = large.headers.getSetCookie().join();
    expect(cookie.length).toBeGreaterThan(4096);
    expect(cookie).toContain('__Host-sid');
  });
});
