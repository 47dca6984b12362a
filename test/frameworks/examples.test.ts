import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { linkFrameworks } from './link.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
let folder: string;

beforeAll(() => {
  // Inside the repository, so that 'sojourn/...' is this package.
  mkdirSync(join(root, '.artifacts'), { recursive: true });
  folder = mkdtempSync(join(root, '.artifacts', 'examples-'));
  linkFrameworks(folder);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(['fastify', 'koa', 'hono', 'h3'])(
  'examples/%s counts visits, logs in, and logs out (S-12, S-16)',
  async (name) => {
    const file = join(folder, `${name}.js`);
    cpSync(join(root, 'examples', name, 'server.js'), file);
    const child = spawn(process.execPath, [file], {
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill());
    const origin = await listening(child);

    let cookie = '';
    const send = async (method: string, path: string) => {
      const response = await fetch(new URL(path, origin), {
        method,
        headers: { cookie },
        redirect: 'manual',
      });
      cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
      return response;
    };
    const see = async () => (await send('GET', '/')).json();

    expect(await see()).toEqual({ user: null, views: 1 });
    const before = cookie;
    expect((await send('POST', '/login/ada')).status).toBe(303);
    expect(cookie).not.toBe(before);
    expect(await see()).toEqual({ user: 'ada', views: 2 });
    const copy = cookie;
    expect((await send('POST', '/logout')).status).toBe(303);
    cookie = copy;
    expect(await see()).toEqual({ user: null, views: 1 });
  },
);

async function listening(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.setEncoding('utf8');
  for (;;) {
    const found = /http:\/\/\S+/.exec(text);
    if (found !== null) return found[0];
    const [chunk] = await Promise.race([
      once(child.stdout!, 'data'),
      once(child, 'exit').then(([code]) => {
        throw new Error(`The example ended with ${code} before it listened: ${text}`);
      }),
    ]);
    text += chunk;
  }
}
