import { afterEach, expect, it, vi } from 'vitest';
import { type AdminOptions, createAdmin } from '../../src/admin/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { BASE, dashboard, post } from './dashboard.js';

const warnings = vi.spyOn(process, 'emitWarning').mockReturnValue(undefined);

afterEach(() => {
  warnings.mockClear();
});

const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(1)>\u202e' `;
const PATHS = [
  '/',
  '/sessions',
  '/users/ada',
  '/end',
  '/ended',
  '/health',
  '/stats',
  '/live',
  '/nowhere',
];

it('does not start without authorize', () => {
  const { sessions } = dashboard(memoryStore());
  expect(() => createAdmin(sessions, {} as AdminOptions)).toThrow(/^authorize is missing\. Give/);
  expect(() => createAdmin(sessions, undefined as unknown as AdminOptions)).toThrow(/authorize/);
});

it.each([
  [{ basePath: 'admin' }, /basePath is 'admin'/],
  [{ basePath: '/a"b' }, /basePath/],
  [{ onAction: 'log' }, /onAction is 'log'/],
  [{ bowser: {} }, /bowser has no parse/],
  [{ autorise: () => 'x' }, /There is no option 'autorise'/],
  [{ trustedOrigins: ['*'] }, /trustedOrigins/],
])('refuses %o', (options, message) => {
  const all = { authorize: () => 'ada', ...options } as AdminOptions;
  const { sessions } = dashboard(memoryStore());
  expect(() => createAdmin(sessions, all)).toThrow(message);
});

it('answers 403 and nothing else to whoever is no operator', async () => {
  const { admin, visit, sessions } = dashboard(memoryStore());
  const id = await visit({ userId: 'ada' });
  for (const path of [...PATHS, `/sessions/${id}`, `/sessions/${id}?values=1`, '/dashboard.js']) {
    for (const method of ['GET', 'HEAD', 'DELETE', 'POST']) {
      const answer = await admin.fetch(new Request(`${BASE}${path}`, { method }));
      expect([path, answer.status]).toEqual([path, 403]);
      expect(await answer.text()).toBe('Forbidden\n');
    }
  }
  expect(await sessions.count()).toBe(1);
});

it.each([
  ['throws', () => Promise.reject(new Error('the database at db.internal is down')), 500],
  ['gives true', () => true, 500],
  ['gives an empty name', () => '', 500],
])('lets nobody in when authorize %s', async (_what, authorize, status) => {
  const { ask } = dashboard(memoryStore(), { authorize: authorize as AdminOptions['authorize'] });
  const answer = await ask('/sessions');
  expect(answer.status).toBe(status);
  expect(await answer.text()).toBe('Who you are could not be checked. Try again.\n');
  expect(warnings).toHaveBeenCalledOnce();
});

it('passes on what authorize answers itself', async () => {
  const authorize = () => Response.redirect('https://shop.example/login', 302);
  const answer = await dashboard(memoryStore(), { authorize }).ask('/sessions');
  expect([answer.status, answer.headers.get('location')]).toEqual([
    302,
    'https://shop.example/login',
  ]);
});

it.each<Record<string, string>>([
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { origin: 'https://elsewhere.example' },
  { origin: 'null' },
  { cookie: 'operator=1' },
])('S-31 does nothing that another site sends: %o', async (headers) => {
  const { ask, visit, sessions } = dashboard(memoryStore());
  const id = await visit({ userId: 'ada' });
  const changes: [string, string][] = [
    ['DELETE', `/sessions/${id}`],
    ['POST', `/sessions/${id}/end`],
    ['POST', '/end'],
  ];
  for (const [method, path] of changes) {
    const body = path === '/end' ? 'user=ada&dryRun=false' : undefined;
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await ask(path, {
      method,
      headers: { ...headers, ...type },
      body: body ?? null,
    });
    expect([path, answer.status]).toEqual([path, 403]);
  }
  expect(await sessions.count()).toBe(1);
});

it('shows nothing to a script or a frame of another site, and follows a link from there', async () => {
  const { ask } = dashboard(memoryStore());
  const from = (mode: string) =>
    ask('/sessions', { headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': mode } });
  for (const mode of ['no-cors', 'cors', 'websocket']) expect((await from(mode)).status).toBe(403);
  const linked = await from('navigate');
  expect(linked.status).toBe(200);
  expect(linked.headers.get('x-frame-options')).toBe('DENY');
});

it('an origin that is trusted may change something', async () => {
  const { ask, visit } = dashboard(memoryStore(), { trustedOrigins: ['https://ops.example'] });
  const headers = { origin: 'https://ops.example', 'sec-fetch-site': 'cross-site' };
  const answer = await ask(`/sessions/${await visit()}`, { method: 'DELETE', headers });
  expect(answer.status).toBe(200);
});

it.each([
  '/sessions',
  '/stats',
  '/ended',
  '/health',
  '/end',
  '/dashboard.css',
  '/dashboard.js',
  '/nowhere',
])('%s runs no script but its own, and no cache keeps it', async (path) => {
  const { ask } = dashboard(memoryStore());
  const { headers } = await ask(path, { headers: { accept: 'text/html' } });
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe|\*|data:|nonce/);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});

it('escapes whatever a client or a user chose', async () => {
  const { page, visit, sessions } = dashboard(memoryStore(), { bowser: undefined });
  const id = await visit({
    userId: HOSTILE,
    userAgent: HOSTILE,
    data: { [HOSTILE]: HOSTILE, text: HOSTILE },
  });
  const user = encodeURIComponent(HOSTILE);
  const pages = [
    '/sessions',
    `/sessions?user=${user}&idleFor=`,
    `/sessions/${id}`,
    `/sessions/${id}?values=1`,
    `/users/${user}`,
    `/end?user=${user}`,
  ];
  for (const path of pages) {
    const shown = await page(path);
    expect(shown).toContain('script&gt;');
    expect(shown).not.toContain('<script>');
    expect(shown).not.toContain('<img');
    if (!path.includes('user')) expect(shown).not.toContain('\u202e');
    expect(shown).not.toMatch(/ (?:style|on\w+)="/);
  }
  const counted = await page('/end', {
    method: 'POST',
    body: new URLSearchParams({ user: HOSTILE, olderThan: '1ms' }),
  });
  expect(counted).not.toContain('<script>');
  await sessions.destroy(id);
  expect(await page('/ended')).not.toContain('<script>');
});

it.each(['.', '..', 'a/b', '%2e%2e', 'ü 😀', '\ud800'])('finds the user %j', async (userId) => {
  const { page, visit, ask } = dashboard(memoryStore());
  await visit({ userId });
  const [, link] = /href="\/admin(\/users\/[^"]+)"/.exec(await page('/sessions')) ?? [];
  if (link === undefined) expect(['.', '..', '\ud800']).toContain(userId);
  else expect(await (await ask(link)).json()).toMatchObject({ userId, sessions: [{ userId }] });
});

it('shows no token and no secret', async () => {
  const { sessions, json, page } = dashboard(memoryStore());
  const session = await sessions.open({}, { secure: true });
  session.set('card', '4111 1111');
  await session.login('ada');
  const { cookies } = await sessions.commit(session);
  const token = String(cookies[0]?.value);
  expect(token.length).toBeGreaterThan(20);
  const shown = [
    await page('/sessions'),
    await page(`/sessions/${session.id}`),
    await page('/users/ada'),
    await page('/stats'),
    JSON.stringify(await json('/sessions')),
    JSON.stringify(await json(`/sessions/${session.id}`)),
    JSON.stringify(await json('/users/ada')),
  ].join();
  expect(shown).not.toContain(token);
  expect(shown).not.toContain('4111');
  expect(shown).toContain('card');
  expect(await page(`/sessions/${session.id}?values=1`)).toContain('4111 1111');
});

it('does nothing that cannot be audited', async () => {
  const onAction = vi.fn().mockRejectedValue(new Error('the audit log is full'));
  const { ask, visit, sessions, page } = dashboard(memoryStore(), { onAction });
  const id = await visit({ userId: 'ada' });
  expect((await ask(`/sessions/${id}`, { method: 'DELETE' })).status).toBe(500);
  expect((await ask('/end', post({ user: 'ada', dryRun: false }))).status).toBe(500);
  expect(await page(`/sessions/${id}?values=1`)).not.toContain('tea');
  expect(await sessions.count()).toBe(1);
  expect(onAction.mock.calls.map(([action]) => action)).toEqual([
    { action: 'end', operator: 'grace', id },
    { action: 'endMatching', operator: 'grace', filter: { user: 'ada' } },
    { action: 'showValues', operator: 'grace', id },
  ]);
});

it('a body that is too long, or none of ours, is refused', async () => {
  const { ask } = dashboard(memoryStore());
  const status = async (body: string, type: string): Promise<number> =>
    (await ask('/end', { method: 'POST', body, headers: { 'content-type': type } })).status;
  expect(await status(`user=${'a'.repeat(20_000)}`, 'application/x-www-form-urlencoded')).toBe(413);
  expect(await status('{', 'application/json')).toBe(400);
  expect(await status('[]', 'application/json')).toBe(400);
  expect(await status('user=ada', 'text/plain')).toBe(415);
});
