import { describe, expect, test } from 'vitest';
import type { SessionStore } from '../../src/index.js';
import { createDevice, proof } from './device.js';
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

describe('the binding lives as long as the session', () => {
  test('it stays when the token changes and when the data are cleared', async () => {
    const { bind, newClient } = createSite();
    const bound = await bind(newClient(), createDevice());
    await bound.client.post('/regenerate');
    await bound.client.post('/clear');
    await bound.client.post('/color');
    expect(await whoIs(bound.client)).toBe('ann');
    expect((await refreshAsBrowsersDo(bound)).status).toBe(200);
    bound.client.cookies.receive(`${COOKIE}=; Path=/; Secure; Max-Age=0`, new URL(ORIGIN));
    expect(await whoIs(bound.client)).toBe('nobody');
  });

  test('no effect of a request that runs at the same time is lost', async () => {
    const { bind, newClient } = createSite();
    const bound = await bind(newClient(), createDevice());
    await Promise.all([
      refreshAsBrowsersDo(bound),
      bound.client.post('/color?is=blue'),
      refresh(bound),
    ]);
    expect(await (await bound.client.get('/me')).text()).toBe('ann blue');
    expect((await refreshAsBrowsersDo(bound)).status).toBe(200);
  });

  test('D-09 D-10 after a logout nothing is left: the cookie expires, and the browser is told at its next refresh', async () => {
    const { bind, newClient, sessions } = createSite();
    const bound = await bind(newClient(), createDevice());
    const copied = bound.client.clone();
    const response = await bound.client.post('/logout');
    expect(response.headers.getSetCookie().join()).toContain(
      `${COOKIE}=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0`,
    );
    expect(await whoIs(bound.client)).toBe('nobody');
    expect(await whoIs(copied)).toBe('nobody');
    const ended = await refresh(bound, proof(bound.device, bound.challenge));
    expect(ended.status).toBe(200);
    expect(ended.headers.getSetCookie()).toEqual([]);
    expect(await ended.json()).toEqual({ session_identifier: bound.id, continue: false });
    expect(await sessions.count()).toBe(0);
  });

  test('the token that the session has just left is no reason to end it', async () => {
    const { bind, newClient } = createSite();
    const bound = await bind(newClient(), createDevice());
    const late = { ...bound, client: bound.client.clone() };
    await bound.client.post('/regenerate');
    expect((await refresh(late, proof(bound.device, bound.challenge))).status).toBe(503);
    expect((await refreshAsBrowsersDo(bound)).status).toBe(200);
  });

  test('D-20 a login ends the binding: the device registers anew, and the old one is withdrawn', async () => {
    const { bind, newClient } = createSite();
    const bound = await bind(newClient(), createDevice());
    const before = bound.client.cookies.header(new URL(ORIGIN))?.split('; ');
    const anew = await bind(bound.client, createDevice());
    expect(anew.id).not.toBe(bound.id);
    const old = await refresh(bound, proof(bound.device, bound.challenge));
    expect(await old.json()).toEqual({ session_identifier: bound.id, continue: false });
    expect((await refreshAsBrowsersDo(anew)).status).toBe(200);
    // The bound cookie from before the login does not go with the session of after it.
    const own = bound.client.cookies.header(new URL(ORIGIN))?.split('; ');
    const mixed = [
      ...(own ?? []).filter((pair) => !pair.startsWith(COOKIE)),
      ...(before ?? []).filter((pair) => pair.startsWith(COOKIE)),
    ];
    expect(await whoIs(bound.client, { headers: { cookie: mixed.join('; ') } })).toBe('nobody');
    expect(await whoIs(bound.client)).toBe('ann');
  });

  test('who lost the device logs in again', async () => {
    const { bind, clock, newClient } = createSite();
    const { client } = await bind(newClient(), createDevice());
    clock.advance('10m');
    expect(await whoIs(client)).toBe('nobody');
    const anew = await bind(client, createDevice());
    expect(await whoIs(anew.client)).toBe('ann');
  });
});

describe('D-08 a store that fails answers 503, and nothing ends', () => {
  test.each(['read', 'update'] as const)('%s', async (verb) => {
    let isDown = false;
    const store = (inner: SessionStore): SessionStore =>
      new Proxy(inner, {
        get(target, name) {
          const value = Reflect.get(target, name);
          if (typeof value !== 'function') return value;
          return (...parameters: unknown[]) =>
            isDown && name === verb
              ? Promise.reject(new Error('down'))
              : value.apply(target, parameters);
        },
      });
    const { bind, newClient } = createSite({ store });
    const client = newClient();
    const challenge = await logIn(client);
    const device = createDevice();
    isDown = true;
    expect((await register(client, device, challenge)).status).toBe(503);
    isDown = false;
    const bound = await bind(newClient(), device);
    isDown = true;
    expect((await refreshAsBrowsersDo(bound)).status).toBe(503);
    isDown = false;
    expect((await refreshAsBrowsersDo(bound)).status).toBe(200);
    expect(await whoIs(bound.client)).toBe('ann');
  });
});
