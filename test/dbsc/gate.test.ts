import { describe, expect, test } from 'vitest';
import { createDevice, proof, registration } from './device.js';
import {
  COOKIE,
  createSite,
  logIn,
  ORIGIN,
  refresh,
  refreshAsBrowsersDo,
  register,
  whoIs,
} from './site.js';

const NAVIGATION = { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'same-origin' };

describe('the gate', () => {
  test('a browser without device binding is served as ever', async () => {
    const { clock, newClient } = createSite();
    const client = newClient();
    await logIn(client);
    clock.advance('29m');
    expect(await whoIs(client)).toBe('ann');
  });

  test('a bound session cannot be used without the bound cookie, and stays for its device', async () => {
    const { bind, newClient, rejected } = createSite();
    const bound = await bind(newClient(), createDevice());
    const { client } = bound;
    expect(await whoIs(client)).toBe('ann');

    const thief = client.clone();
    const session = thief.cookies
      .header(new URL(ORIGIN))
      ?.split('; ')
      .filter((pair) => !pair.startsWith(COOKIE))
      .join();
    const headers = { cookie: String(session) };
    expect(await whoIs(thief, { headers })).toBe('nobody');
    expect(await (await thief.get('/me', { headers: { ...headers, ...NAVIGATION } })).text()).toBe(
      'nobody no color',
    );
    expect(rejected).toEqual(['device', 'device']);
    expect(await whoIs(client)).toBe('ann');
  });

  test('a copied pair of cookies stops working within the lifetime; the long-lived one alone never yields another', async () => {
    const { bind, clock, newClient } = createSite();
    const bound = await bind(newClient(), createDevice());
    const thief = { ...bound, client: bound.client.clone(), device: createDevice() };
    expect(await whoIs(thief.client)).toBe('ann');
    const copied = String(thief.client.cookies.header(new URL(ORIGIN)));

    expect((await refresh(thief)).status).toBe(403);
    expect((await refresh(thief, proof(thief.device, bound.challenge))).status).toBe(400);
    expect((await refresh(thief, registration(thief.device, bound.challenge))).status).toBe(400);

    clock.advance('9m');
    expect((await refreshAsBrowsersDo(bound)).status).toBe(200);
    clock.advance('1m');
    expect(await whoIs(thief.client, { headers: { cookie: copied } })).toBe('nobody');
    expect(await whoIs(bound.client)).toBe('ann');
  });

  test('the cookie of another session, or with another stamp, is none', async () => {
    const { bind, clock, newClient } = createSite();
    const [ann, bob] = [
      await bind(newClient(), createDevice()),
      await bind(newClient(), createDevice(), 'bob'),
    ];
    const cookieOf = ({ client }: typeof ann, name: string) =>
      String(
        client.cookies
          .header(new URL(ORIGIN))
          ?.split('; ')
          .find((pair) => pair.startsWith(name) === (name === COOKIE)),
      );
    const session = String(
      ann.client.cookies
        .header(new URL(ORIGIN))
        ?.split('; ')
        .find((pair) => !pair.startsWith(COOKIE)),
    );
    const own = cookieOf(ann, COOKIE);
    const later = (clock.now() + 86_400_000).toString(36);
    for (const forged of [
      cookieOf(bob, COOKIE),
      own.replace(/=[^.]+/, `=${later}`),
      `${COOKIE}=`,
      `${COOKIE}=0.${'A'.repeat(43)}`,
    ])
      expect(await whoIs(ann.client, { headers: { cookie: `${session}; ${forged}` } })).toBe(
        'nobody',
      );
    expect(await whoIs(ann.client, { headers: { cookie: `${session}; ${own}` } })).toBe('ann');
  });

  test('D-02 what left the browser before the answer of its registration is served', async () => {
    const { clock, newClient } = createSite();
    const client = newClient();
    const challenge = await logIn(client);
    const headers = { cookie: String(client.cookies.header(new URL(ORIGIN))) };
    clock.advance('1m');
    await register(client, createDevice(), challenge);
    clock.advance('9s');
    expect(await whoIs(client, { headers })).toBe('ann');
    clock.advance('1s');
    expect(await whoIs(client, { headers })).toBe('nobody');
    expect(await whoIs(client)).toBe('ann');
  });

  test('D-16 a link from another site gets a page that loads the same again, and only the first time', async () => {
    const { bind, clock, newClient, rejected } = createSite();
    const { client } = await bind(newClient(), createDevice());
    clock.advance('10m');
    const link = await client.get('/me', {
      headers: { ...NAVIGATION, 'sec-fetch-site': 'cross-site' },
    });
    expect(link.status).toBe(200);
    expect(link.headers.get('cache-control')).toBe('no-store');
    expect(link.headers.getSetCookie()).toEqual([]);
    expect(await link.text()).toContain('<meta http-equiv="refresh" content="0">');
    expect(rejected).toEqual([]);
    expect(await whoIs(client, { headers: NAVIGATION })).toBe('nobody');
  });

  test('D-08 D-14 a request whose refresh was skipped is asked to come again, and nobody is logged out', async () => {
    const { bind, clock, newClient, rejected } = createSite();
    const bound = await bind(newClient(), createDevice());
    clock.advance('10m');
    const skipped = { 'secure-session-skipped': `quota_exceeded;session_identifier="${bound.id}"` };
    const response = await bound.client.get('/me', { headers: skipped });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(rejected).toEqual([]);
    expect((await refreshAsBrowsersDo(bound)).status).toBe(200);
    expect(await whoIs(bound.client)).toBe('ann');
  });

  test('a policy can ask for a device, by page', async () => {
    const { bind, clock, newClient } = createSite({
      binding: {
        policy: ({ url = '' }) => (new URL(url).pathname === '/color' ? 'required' : 'supported'),
      },
    });
    const client = newClient();
    expect((await client.get('/color')).status).toBe(200);
    await logIn(client);
    expect(await (await client.get('/color', { headers: NAVIGATION })).text()).toContain(
      'content="1"',
    );
    expect((await client.get('/color')).status).toBe(403);
    clock.advance('10s');
    expect((await client.get('/color', { headers: NAVIGATION })).status).toBe(403);
    expect(await whoIs(client)).toBe('ann');
    const bound = await bind(client, createDevice());
    expect((await bound.client.get('/color')).status).toBe(200);
  });
});
