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
import type { Client } from '../../src/testing/client.js';
import { browse, start } from './ostro-app.js';

/** An application with a form. */
async function openForm(options?: CsrfOptions, config?: OstroConfig): Promise<Client> {
  const app = express();
  app.use(start(config), express.urlencoded({ extended: false }), verifyCsrfToken(options));
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
  app.post('/forget', (_request, response) => {
    session().forget('__token');
    response.json('forgotten');
  });
  app.post('/hooks/:name', (_request, response) => {
    response.json('called');
  });
  app.use(((error, _request, response, _next) => {
    response.status(error.status ?? 500).json({ name: error.name, message: error.message });
  }) satisfies express.ErrorRequestHandler);
  return browse(app);
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
    const client = await openForm({ except: ['hooks/pay*', '/save/'] });
    for (const path of ['/hooks/pay', '/hooks/payment?_=1', '/save'])
      expect((await post(client, path)).ok || path === '/save').toBe(true);
    for (const path of ['/hooks/other', '/hooks', '/saved', '/hooksXpay'])
      expect((await post(client, path)).status).toBe(419);
  });

  test('a refused request stores no session for a visitor who had none', async () => {
    const client = await openForm({}, { saveUninitialized: false });
    for (const fields of [{}, { _token: 'made-up' }]) {
      const response = await post(client, '/save', fields);
      expect([response.status, response.headers.getSetCookie()]).toEqual([419, []]);
    }
  });

  test('scripts find the token in the cookie XSRF-TOKEN, the new one after regenerate', async () => {
    const client = await openForm({}, { path: '/' });
    const token = await tokenOf(client);
    expect(client.cookies.get('XSRF-TOKEN')).toBe(token);
    const [kept] = client.cookies.list().filter(({ name }) => name === 'XSRF-TOKEN');
    expect(kept).toMatchObject({ httpOnly: false, path: '/', sameSite: 'Lax', secure: false });
    const renewed = String(
      await (await post(client, '/regenerate', {}, { 'x-xsrf-token': token })).json(),
    );
    expect(renewed).not.toBe(token);
    expect(client.cookies.get('XSRF-TOKEN')).toBe(renewed);
    expect((await post(client, '/save', { _token: token })).status).toBe(419);
    expect((await post(client, '/save', { _token: renewed })).status).toBe(303);
  });

  test('a token that the handler deletes is not sent, and the answer leaves', async () => {
    const client = await openForm();
    const response = await post(client, '/forget', { _token: await tokenOf(client) });
    expect([response.status, await response.json()]).toEqual([200, 'forgotten']);
    expect(response.headers.getSetCookie()).toEqual([expect.stringContaining('ostro_session=')]);
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
