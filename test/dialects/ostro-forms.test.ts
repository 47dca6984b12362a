import { createServer } from 'node:http';
import express from 'express';
import { describe, expect, test } from 'vitest';
import {
  type CsrfOptions,
  type OstroConfig,
  redirect,
  session,
  TokenMismatchException,
  verifyCsrfToken,
} from '../../src/dialects/ostro.js';
import { session as nativeSession } from '../../src/index.js';
import type { Client } from '../../src/testing/client.js';
import { browse, start, visits } from './ostro-app.js';

/** An application with a form. Its pages may be asked for by very long paths. */
async function openForm(options?: CsrfOptions, config?: OstroConfig): Promise<Client> {
  const app = express();
  app.use(start(config), express.urlencoded({ extended: true }), verifyCsrfToken(options));
  app.get('/token', (_request, response) => {
    response.json(session().token());
  });
  app.get('/form', (_request, response) => {
    const { old, errors } = { old: session().old(), errors: session().errors() };
    response.json({
      old,
      errors,
      name: session().old('name', 'nobody'),
      email: session().errors('email'),
      status: session('status'),
    });
  });
  app.post('/form', (_request, response) => {
    redirect()
      .with('status', 'Not saved')
      .withInput()
      .withErrors({ email: ['is missing'] })
      .back('/fallback');
    expect(response.statusCode).toBe(302);
  });
  app.post('/save', () =>
    redirect().with({ status: 'Saved' }).withInput({ name: 'Grace' }).to('/form', 303),
  );
  app.post('/regenerate', async (_request, response) => {
    await session().regenerate();
    response.json(session().token());
  });
  app.post('/leave', async (_request, response) => {
    await nativeSession().logout();
    response.json('left');
  });
  app.post('/keep', (request, response) => {
    session().flashInput(request.body);
    response.json('kept');
  });
  app.post('/hooks/:name', (_request, response) => {
    response.json('called');
  });
  app.use(((error, _request, response, _next) => {
    response.status(error.status ?? 500).json({ name: error.name, message: error.message });
  }) satisfies express.ErrorRequestHandler);
  return browse(createServer({ maxHeaderSize: 4_000_000 }, app));
}

function post(
  client: Client,
  path: string,
  fields: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<Response> {
  return client.post(path, { body: new URLSearchParams(fields), headers });
}

async function tokenOf(client: Client): Promise<string> {
  return String(await (await client.get('/token')).json());
}

describe('forged requests', () => {
  test('a form without the token of its session is refused with 419', async () => {
    const client = await openForm();
    const others = client.clone();
    await tokenOf(client);
    for (const fields of [
      {},
      { _token: '' },
      { _token: 'x'.repeat(43) },
      { _token: await tokenOf(others) },
    ] as Record<string, string>[]) {
      const response = await post(client, '/save', fields);
      expect(response.status).toBe(419);
      expect(await response.json()).toMatchObject({ name: 'TokenMismatchException' });
    }
    const token = await tokenOf(client);
    const twice = new URLSearchParams([
      ['_token', token],
      ['_token', token],
    ]);
    expect((await client.post('/save', { body: twice })).status).toBe(419);
    expect(new TokenMismatchException()).toMatchObject({ status: 419, statusCode: 419 });
  });

  test.each<[string, (token: string) => Parameters<typeof post>]>([
    ['the field _token', (token) => [undefined as never, '/save', { _token: token }]],
    [
      'the header X-CSRF-TOKEN',
      (token) => [undefined as never, '/save', {}, { 'x-csrf-token': token }],
    ],
    [
      'the header X-XSRF-TOKEN',
      (token) => [undefined as never, '/save', {}, { 'x-xsrf-token': token }],
    ],
  ])('%s with it is let through', async (_name, sent) => {
    const client = await openForm();
    const [, path, fields, headers] = sent(await tokenOf(client));
    expect((await post(client, path, fields, headers)).status).toBe(303);
  });

  test.each(['GET', 'HEAD', 'OPTIONS'])('%s needs none', async (method) => {
    const client = await openForm();
    expect((await client.request('/form', { method })).status).toBe(200);
  });

  test.each(['PUT', 'PATCH', 'DELETE'])('%s needs it', async (method) => {
    const client = await openForm();
    expect((await client.request('/form', { method })).status).toBe(419);
  });

  test('the excepted paths need none, and no others', async () => {
    const client = await openForm({ except: ['hooks/pay*', '/save/', '*/open/*/end', 'a+b', 'é'] });
    const statusOf = async (path: string) => (await post(client, client.origin + path)).status;
    for (const path of ['/hooks/pay', '/hooks/payment?_=1', '//hooks/pay//']) {
      expect([path, await statusOf(path)]).not.toEqual([path, 419]);
    }
    for (const path of ['/save', '/x/open/y/end', '/x/open//end', '/x/open/open/end/end', '/a+b'])
      expect([path, await statusOf(path)]).not.toEqual([path, 419]);
    // Each pattern is for whole paths, and what only a browser or a proxy reads is no path.
    for (const path of [
      '/hooks/other',
      '/hooks',
      '/saved',
      '/hooksXpay',
      '/form/hooks/pay',
      '/form?/hooks/pay',
      '/form?a=/open/b/end',
      '/open/y/end',
      '/x/open/end',
      '/x/open/y/end/z',
      '/x/open/y/ended',
      '/aab',
    ])
      expect([path, await statusOf(path)]).toEqual([path, 419]);
  });

  // A regular expression takes minutes for each of them.
  test.each([
    ['slashes', '/'.repeat(1_000_000)],
    ['slashes before a letter', `${'/'.repeat(1_000_000)}x`],
    ['what every part of a pattern fits', `/${'ab'.repeat(400_000)}x`],
  ])('a path of a million characters is compared at once: %s', async (_, path) => {
    const client = await openForm({ except: ['*a*b*a*b*a*b*c', '/hooks/*'] });
    expect((await client.request(`${client.origin}/save${path}`, { method: 'PUT' })).status).toBe(
      419,
    );
    expect((await client.request(`${client.origin}${path}`, { method: 'PUT' })).status).toBe(419);
  });

  test('a refused request stores no session for a visitor who had none', async () => {
    const client = await openForm({}, { saveUninitialized: false });
    for (const fields of [{}, { _token: 'made-up' }]) {
      const response = await post(client, '/save', fields);
      expect([response.status, response.headers.getSetCookie()]).toEqual([419, []]);
    }
  });

  test('S-32: scripts find the token in the cookie XSRF-TOKEN, the new one after regenerate', async () => {
    const client = await openForm({}, { path: '/' });
    const token = await tokenOf(client);
    const [kept] = client.cookies.list().filter(({ name }) => name === 'XSRF-TOKEN');
    expect(kept).toMatchObject({ httpOnly: false, path: '/', sameSite: 'Lax', secure: false });
    const headers = { 'x-xsrf-token': kept?.value ?? '' };
    const renewed = String(await (await post(client, '/regenerate', {}, headers)).json());
    for (const dead of [token, kept?.value ?? ''])
      expect((await post(client, '/save', { _token: dead })).status).toBe(419);
    for (const alive of [renewed, client.cookies.get('XSRF-TOKEN') ?? ''])
      expect((await post(client, '/save', { _token: alive })).status).toBe(303);
  });

  test('the token looks different in each answer, and each is accepted (BREACH)', async () => {
    const client = await openForm();
    const tokens: string[] = [];
    for (let visit = 0; visit < 5; visit += 1)
      tokens.push(await tokenOf(client), client.cookies.get('XSRF-TOKEN') ?? '');
    // Not even a part of it stays at its place.
    const parts = tokens.flatMap((token) => [
      token.slice(0, 21),
      token.slice(22, 42),
      token.slice(43, 64),
      token.slice(65),
    ]);
    expect(new Set(parts).size).toBe(40);
    for (const token of tokens)
      expect((await post(client, '/save', { _token: token })).status).toBe(303);
  });

  test('an answer whose session ended carries no token', async () => {
    const client = await openForm();
    const response = await post(client, '/leave', { _token: await tokenOf(client) });
    expect([response.status, await response.json()]).toEqual([200, 'left']);
    expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(/^ostro_session=;/)]);
  });

  test('before startSession it says that there is no session', async () => {
    const app = express();
    app.use(verifyCsrfToken());
    app.use(((error, _request, response, _next) => {
      response.status(error.status).json(error.code);
    }) satisfies express.ErrorRequestHandler);
    const response = await (await browse(app)).get('/');
    expect([response.status, await response.json()]).toEqual([500, 'no-session']);
  });
});

describe('a form that comes back', () => {
  test('finds its input, without secrets, its errors and its status once', async () => {
    const client = await openForm();
    const _token = await tokenOf(client);
    const referer = `${client.origin}/form?step=2`;
    const sent = { _token, name: 'Ada', password: 'lovelace', password_confirmation: 'lovelace' };
    const response = await post(client, '/form', sent, { referer });
    expect([response.status, response.headers.get('location')]).toEqual([302, '/form?step=2']);
    expect(await (await client.get('/form')).json()).toEqual({
      old: { name: 'Ada' },
      errors: { email: ['is missing'] },
      name: 'Ada',
      email: ['is missing'],
      status: 'Not saved',
    });
    expect(await (await client.get('/form')).json()).toEqual({
      old: {},
      errors: {},
      name: 'nobody',
      email: null,
      status: null,
    });
  });

  test('secrets are left out by their names, inside of objects and lists too', async () => {
    const client = await openForm();
    const fields = {
      'user[name]': 'Ada',
      'user[newPassword]': 'x',
      'user[pin]': 'x',
      'users[0][passphrase]': 'x',
      'users[0][city]': 'London',
      'card[number]': 'kept',
      cardNumber: 'x',
      current_password: 'x',
      Passwort: 'x',
      client_secret: 'x',
      api_token: 'x',
      cvc: 'x',
      passengers: '2',
      spin: 'kept',
    };
    await post(client, '/keep', { ...fields, _token: await tokenOf(client) });
    const { old } = (await (await client.get('/form')).json()) as { old: unknown };
    expect(old).toEqual({
      user: { name: 'Ada' },
      users: [{ city: 'London' }],
      card: { number: 'kept' },
      passengers: '2',
      spin: 'kept',
    });
  });

  test('what is too deep or too big is left out, and the page is answered', async () => {
    const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`) as unknown;
    const { visit } = await visits();
    await visit((session) =>
      session.flashInput({
        name: 'Ada',
        deep,
        big: 'x'.repeat(65_536),
        long: Array(100_000).fill('x'),
        file: Buffer.from('x'),
        huge: 2n ** 64n,
        endless: Number.NaN,
        at: new Date(0),
        agreed: true,
        none: null,
        list: ['a', () => 'b', 'c'],
        city: 'London',
      }),
    );
    const old = (await visit((session) => session.old())) as Record<string, unknown>;
    expect(JSON.stringify(old).length).toBeLessThan(4 * 65_536);
    expect(old).toMatchObject({ name: 'Ada' });
    expect(Object.keys(old)).toEqual(['name', 'deep', 'long']);
  });

  test('one field that is too big leaves the others their place', async () => {
    const { visit } = await visits();
    await visit((session) =>
      session.flashInput({
        big: 'x'.repeat(65_536),
        file: Buffer.from('x'),
        huge: 2n ** 64n,
        endless: Number.NaN,
        at: new Date(0),
        agreed: true,
        none: null,
        list: ['a', () => 'b', 'c'],
        city: 'London',
      }),
    );
    expect(await visit((session) => session.old())).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      agreed: true,
      none: null,
      list: ['a', null, 'c'],
      city: 'London',
    });
  });

  test('input may be given, several values flashed, and the status of the redirect chosen', async () => {
    const client = await openForm();
    const response = await post(client, '/save', { _token: await tokenOf(client) });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/form']);
    expect(await (await client.get('/form')).json()).toMatchObject({
      old: { name: 'Grace' },
      status: 'Saved',
    });
  });

  test.each([
    'https://evil.example/form',
    'no url',
    'http://{host}//evil.example',
    'app://{host}/\\evil.example',
  ])('never goes back to another host: %s', async (referer) => {
    const client = await openForm();
    const headers = { referer: referer.replace('{host}', new URL(client.origin).host) };
    const response = await post(client, '/form', { _token: await tokenOf(client) }, headers);
    expect(response.headers.get('location')).toBe('/fallback');
  });

  test('redirect outside a request says so', () => {
    expect(() => redirect()).toThrow(expect.objectContaining({ code: 'no-session' }));
  });
});
