import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { hashId } from '../../src/dialects/express-session.js';
import { firstFormToken, tokenId } from '../../src/keys/token.js';
import { type Client, createClient } from '../../src/testing/client.js';
import { scriptPath } from '../processes/run.js';

/** What must not be printed. */
interface Hidden {
  /** Tokens, secrets, sealed values: whoever has one is let in. */
  readonly keys: Set<string>;
  /** The hashes that name sessions. */
  readonly ids: Set<string>;
}

/** Takes from the value of a cookie all that leads into its session or names it. */
function hide(cookie: string, { keys, ids }: Hidden): void {
  const value = decodeURIComponent(cookie);
  keys.add(cookie).add(value);
  const [, expressId] = /^s:(.+)\.[^.]+$/.exec(value) ?? [];
  if (expressId !== undefined) {
    keys.add(expressId);
    ids.add(hashId(expressId));
  }
  const [, token] = /^([\w-]{43})\.[\w-]{43}$/.exec(value) ?? [];
  if (token !== undefined) {
    keys.add(token).add(firstFormToken(token));
    ids.add(tokenId(token));
  }
  if (expressId === undefined && token === undefined) keys.add(value.slice(0, 40));
}

/** One visitor's requests to a server, the rejected and the failed ones among them. */
async function visit(client: Client, hidden: Hidden): Promise<void> {
  async function ask(method: 'GET' | 'POST', path: string, cookie?: string): Promise<number> {
    const headers = cookie === undefined ? undefined : { cookie };
    const reply = await client.request(path, { method, ...(headers && { headers }) });
    for (const setCookie of reply.headers.getSetCookie()) {
      const value = setCookie.slice(setCookie.indexOf('=') + 1).split(';')[0] ?? '';
      if (value !== '') hide(value, hidden);
    }
    const body = await reply.text();
    if (body.startsWith('{"form"')) hidden.keys.add(JSON.parse(body).form);
    return reply.status;
  }

  expect(await ask('GET', '/')).toBe(200);
  expect(await ask('GET', '/')).toBe(200);
  expect(await ask('POST', '/login')).toBe(200);
  expect(await ask('GET', '/')).toBe(200);
  expect(await ask('GET', '/throw')).toBe(500);

  const cookie = client.cookies.header(new URL(client.origin)) ?? '';
  const forged = cookie.slice(0, 20) + (cookie[20] === 'A' ? 'B' : 'A') + cookie.slice(21);
  for (const rejected of [forged, cookie.slice(0, 45)]) {
    hide(rejected.slice(rejected.indexOf('=') + 1), hidden);
    const other = createClient({ origin: client.origin });
    expect((await other.get('/', { headers: { cookie: rejected } })).status).toBe(200);
  }

  await ask('POST', '/broken/on');
  await ask('GET', '/');
  await ask('POST', '/logout');
  await ask('POST', '/broken/off');
  expect(await ask('POST', '/logout')).toBe(200);
  expect(await ask('GET', '/', cookie)).toBe(200);
}

/** Visits each server of a process that prints all it can, and ends the process. */
async function day(logsTokens: boolean): Promise<{ printed: string; hidden: Hidden }> {
  const secret = randomBytes(32).toString('base64url');
  const argument = JSON.stringify({ secret, logsTokens });
  const child = fork(scriptPath('logged-servers.js'), [argument], {
    env: { ...process.env, DEBUG: '*', NODE_ENV: 'development' },
    silent: true,
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const printed = Promise.all([text(child.stdout!), text(child.stderr!)]);
  const [ports] = await Promise.race([
    once(child, 'message') as Promise<[number[]]>,
    printed.then((output) => Promise.reject(new Error(output.join('')))),
  ]);
  const hidden = { keys: new Set([secret]), ids: new Set<string>() };
  for (const port of ports)
    await visit(createClient({ origin: `http://127.0.0.1:${port}` }), hidden);
  child.kill();
  return { printed: (await printed).join('\n'), hidden };
}

/** A session shows its id, a hash that lets nobody in, to whoever inspects it. Nothing else may. */
const INSPECTED = /^Session \{ id: [^,]+/gm;

function found(printed: string, { keys, ids }: Hidden): string[] {
  const others = printed.replaceAll(INSPECTED, '');
  return [
    ...[...keys].filter((key) => printed.includes(key)),
    ...[...ids].filter((id) => others.includes(id)),
  ];
}

test('F-31 with DEBUG=* a day of requests prints no token, no id, no secret and no sealed value', async () => {
  const { printed, hidden } = await day(false);
  expect(found(printed, hidden)).toEqual([]);
  expect(hidden.keys.size).toBeGreaterThan(30);
  expect(hidden.ids.size).toBeGreaterThan(3);
  for (const shown of ['a handler failed', 'the connection was lost', 'rejected', 'Session {'])
    expect(printed).toContain(shown);
  expect(printed).toMatch(/ router(:layer)? /);
});

test('F-31 a server that logs its cookies is found', async () => {
  const { printed, hidden } = await day(true);
  expect(found(printed, hidden).length).toBeGreaterThan(5);
});
