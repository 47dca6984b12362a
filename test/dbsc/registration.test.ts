import { describe, expect, test } from 'vitest';
import type { SessionStore } from '../../src/index.js';
import { createDevice } from './device.js';
import { COOKIE, createSite, logIn, ORIGIN, register, whoIs } from './site.js';

describe('registration', () => {
  test('D-03 a login offers to bind the session, always with a challenge', async () => {
    const { newClient } = createSite();
    const { headers } = await newClient().post('/login');
    expect(headers.get('secure-session-registration')).toMatch(
      /^\(ES256 RS256\);path="\/dbsc\/registration";challenge="[0-9a-z]+\.[\w-]{43}"$/,
    );
  });

  test.each(['ES256', 'RS256'] as const)(
    'D-05 D-11 D-19 %s: the answer is all that the browser needs',
    async (algorithm) => {
      const { newClient } = createSite();
      const client = newClient();
      const response = await register(client, createDevice(algorithm), await logIn(client));
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(response.headers.get('cache-control')).toBe('no-store');
      const body = (await response.json()) as { session_identifier: string };
      expect(body).toEqual({
        session_identifier: expect.stringMatching(/^[\w-]{22}$/),
        refresh_url: '/dbsc/refresh',
        scope: { origin: ORIGIN, include_site: false },
        credentials: [
          { type: 'cookie', name: COOKIE, attributes: 'Path=/; HttpOnly; Secure; SameSite=Lax' },
        ],
      });
      // D-12: the same attributes, or the browser refreshes at each request.
      expect(response.headers.getSetCookie().join()).toMatch(
        /__Host-device=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax; Max-Age=570; Expires=/,
      );
      expect(response.headers.get('secure-session-challenge')).toMatch(
        new RegExp(`^"[\\w-]+";id="${body.session_identifier}"$`),
      );
    },
  );

  test('D-03 a registration without a proof is refused', async () => {
    const { newClient } = createSite();
    const client = newClient();
    await logIn(client);
    expect((await client.post('/dbsc/registration')).status).toBe(400);
    expect(await whoIs(client)).toBe('ann');
  });

  test('an offer is good for its own login only, and for five minutes', async () => {
    const { clock, newClient } = createSite();
    const [client, other] = [newClient(), newClient()];
    const device = createDevice();
    const foreign = await logIn(other, 'bob');
    const earlier = await logIn(client);
    clock.advance('1s');
    const offered = await logIn(client);
    for (const challenge of [foreign, earlier, 'made-up', ''])
      expect((await register(client, device, challenge)).status).toBe(400);
    clock.advance('5m');
    expect((await register(client, device, offered)).status).toBe(400);
    expect((await register(client, device, await logIn(client))).status).toBe(200);
  });

  test('D-20 a bound session takes no other device, and says the same again to its own', async () => {
    const { newClient } = createSite();
    const client = newClient();
    const challenge = await logIn(client);
    const device = createDevice();
    const first = await (await register(client, device, challenge)).json();
    expect((await register(client, createDevice(), challenge)).status).toBe(409);
    expect(await (await register(client, device, challenge)).json()).toEqual(first);
  });

  test('D-20 whether a session is bound can be asked, and a bound one is offered nothing', async () => {
    const { binding, newClient, sessions } = createSite();
    const client = newClient();
    const open = () =>
      sessions.open({ cookie: client.cookies.header(new URL(ORIGIN)) }, { secure: true });
    const isBound = async () => binding.isBound(await open());
    expect(await isBound()).toBe(false);
    const challenge = await logIn(client);
    expect(await isBound()).toBe(false);
    await register(client, createDevice(), challenge);
    expect(await isBound()).toBe(true);
    expect(binding.offer(await open())).toEqual({ headers: [] });
  });

  test('a session that ends while its device registers is not bound', async () => {
    let endSession: (() => Promise<unknown>) | undefined;
    const store = (inner: SessionStore): SessionStore => {
      const { update } = inner;
      inner.update = async (...parameters) => {
        const end = endSession;
        endSession = undefined;
        await end?.();
        return update.apply(inner, parameters);
      };
      return inner;
    };
    const { newClient, sessions } = createSite({ store });
    const client = newClient();
    const challenge = await logIn(client);
    endSession = () => sessions.destroyUser('ann');
    const response = await register(client, createDevice(), challenge);
    expect(response.status).toBe(400);
    expect(response.headers.getSetCookie().join()).not.toContain(COOKIE);
  });

  test('of two devices that register at once one is bound', async () => {
    const { newClient } = createSite();
    const client = newClient();
    const challenge = await logIn(client);
    const devices = [createDevice(), createDevice()];
    const answers = await Promise.all(devices.map((device) => register(client, device, challenge)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  test('D-18 a proof for another address is refused', async () => {
    const { newClient } = createSite();
    const client = newClient();
    const device = createDevice();
    const challenge = await logIn(client);
    const audience = (aud: string) => ({ claims: { aud } });
    const elsewhere = audience('https://evil.test/dbsc/registration');
    expect((await register(client, device, challenge, elsewhere)).status).toBe(400);
    const here = audience(`${ORIGIN}/dbsc/registration`);
    expect((await register(client, device, challenge, here)).status).toBe(200);
  });

  test('nobody registers without a session, and the addresses take POST alone', async () => {
    const { newClient } = createSite();
    const client = newClient();
    const challenge = await logIn(client);
    expect((await register(newClient(), createDevice(), challenge)).status).toBe(400);
    expect((await client.get('/dbsc/registration')).status).toBe(405);
    expect((await client.get('/dbsc/refresh?x')).status).toBe(405);
  });
});
