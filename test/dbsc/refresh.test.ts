import { describe, expect, test } from 'vitest';
import { createDevice, proof } from './device.js';
import { createSite, nextChallenge, ORIGIN, refresh, refreshAsBrowsersDo, whoIs } from './site.js';

describe('refresh', () => {
  test('D-06 without a proof a challenge is asked for, and its proof gives a cookie', async () => {
    const { bind, clock, newClient } = createSite();
    const bound = await bind(newClient(), createDevice('RS256'));
    clock.advance('25m');
    const asked = await refresh(bound);
    expect(asked.status).toBe(403);
    expect(asked.headers.get('secure-session-challenge')).toContain(`;id="${bound.id}"`);
    const given = await refresh(bound, proof(bound.device, nextChallenge(asked)));
    expect(given.status).toBe(200);
    expect(await given.json()).toMatchObject({ session_identifier: bound.id });
    expect(await whoIs(bound.client)).toBe('ann');
  });

  test('D-01 quoted headers are read too', async () => {
    const { bind, newClient } = createSite();
    const bound = await bind(newClient(), createDevice());
    const response = await bound.client.post('/dbsc/refresh', {
      headers: {
        'sec-secure-session-id': `"${bound.id}"`,
        'secure-session-response': `"${proof(bound.device, bound.challenge)}"`,
      },
    });
    expect(response.status).toBe(200);
  });

  test('a challenge is good for one proof; a stale one asks for another, and ends nothing', async () => {
    const { bind, clock, newClient } = createSite();
    const bound = await bind(newClient(), createDevice());
    const signed = proof(bound.device, bound.challenge);
    expect((await refresh(bound, signed)).status).toBe(200);
    const replayed = await refresh(bound, signed);
    expect(replayed.status).toBe(403);
    clock.advance('10m');
    const expired = await refresh(bound, proof(bound.device, nextChallenge(replayed)));
    expect(expired.status).toBe(403);
    bound.challenge = nextChallenge(expired);
    expect((await refreshAsBrowsersDo(bound)).status).toBe(200);
  });

  test('the challenge of another session is none', async () => {
    const { bind, newClient } = createSite();
    const ann = await bind(newClient(), createDevice());
    const bob = await bind(newClient(), createDevice(), 'bob');
    expect((await refresh(ann, proof(ann.device, bob.challenge))).status).toBe(403);
  });

  test('who only asks for challenges does not push out the one that the device signs', async () => {
    const { bind, clock, newClient } = createSite();
    const bound = await bind(newClient(), createDevice());
    for (let minute = 0; minute < 9; minute++) {
      for (let ask = 0; ask < 5; ask++) expect((await refresh(bound)).status).toBe(403);
      clock.advance('1m');
    }
    expect((await refresh(bound, proof(bound.device, bound.challenge))).status).toBe(200);
  });

  test('of requests that show one proof at once, on two servers, one is answered, and the others ask again', async () => {
    const { bind, clock, fetch, newClient, store } = createSite();
    const bound = await bind(newClient(), createDevice());
    const second = createSite({ store: () => store });
    second.clock.set(clock.now());
    const signed = proof(bound.device, bound.challenge);
    const cookie = String(bound.client.cookies.header(new URL(ORIGIN)));
    const send = (server: typeof fetch) =>
      server(
        new Request(`${ORIGIN}/dbsc/refresh`, {
          method: 'POST',
          headers: {
            cookie,
            'sec-secure-session-id': bound.id,
            'secure-session-response': signed,
          },
        }),
      );
    const answers = await Promise.all([fetch, second.fetch, fetch, second.fetch].map(send));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403, 403]);
    const lost = answers.find(({ status }) => status === 403)!;
    expect((await refresh(bound, proof(bound.device, nextChallenge(lost)))).status).toBe(200);
  });

  test('two refreshes that race both succeed with one key', async () => {
    const { bind, newClient } = createSite();
    const bound = await bind(newClient(), createDevice());
    const answers = await Promise.all([1, 2].map(() => refreshAsBrowsersDo({ ...bound })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  });

  test('D-18 a proof for another address is refused', async () => {
    const { bind, newClient } = createSite({ binding: { origin: 'https://outside.test' } });
    const bound = await bind(newClient(), createDevice());
    const sign = (aud: string) =>
      refresh(bound, proof(bound.device, bound.challenge, { claims: { aud } }));
    expect((await sign(`${ORIGIN}/dbsc/refresh`)).status).toBe(400);
    expect((await sign('https://outside.test/dbsc/refresh')).status).toBe(200);
  });
});
