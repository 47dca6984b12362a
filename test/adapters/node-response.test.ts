import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  Agent,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, test, vi } from 'vitest';
import { collectWarnings, type Handler, serve } from './serve.js';

const sessionCookies = (response: Response): string[] =>
  response.headers.getSetCookie().filter((cookie) => cookie.startsWith('__Host-sid='));

/** A request by node:http, for what `fetch` hides. */
async function rawGet(
  origin: string,
  agent?: Agent,
): Promise<{ response: IncomingMessage; text: string; hints: unknown[] }> {
  const hints: unknown[] = [];
  const request = httpRequest(origin, { agent });
  request.on('information', ({ statusCode, headers }) => hints.push([statusCode, headers.link]));
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const text = Buffer.concat(await response.toArray()).toString();
  return { response, text, hints };
}

describe('V-31: writeHead', () => {
  const own = ['theme=dark', 'lang=en'];
  test.each<[string, unknown[]]>([
    ['an object', [201, { 'X-One': '1', 'Set-Cookie': own }]],
    ['an object with one cookie', [201, { 'x-one': 1, 'set-cookie': own[0] }]],
    [
      'pairs',
      [
        201,
        [
          ['X-One', '1'],
          ['Set-Cookie', own[0]],
          ['Set-Cookie', own[1]],
        ],
      ],
    ],
    ['names and values in turn', [201, ['X-One', '1', 'Set-Cookie', own[0], 'set-cookie', own[1]]]],
    ['a reason and an object', [201, 'Made', { 'X-One': '1', 'Set-Cookie': own }]],
    ['a reason and names and values in turn', [201, 'Made', ['X-One', '1']]],
    ['no reason and an object', [201, undefined, { 'X-One': '1' }]],
  ])('%s', async (form, parameters) => {
    const { client, store } = await serve((_request, response) => {
      response.setHeader('X-One', 'replaced');
      response.setHeader('X-Two', '2');
      response.writeHead(...(parameters as [number]));
      response.end('page');
    });
    const response = await client.get('/');
    expect(await response.text()).toBe('page');
    expect(response.status).toBe(201);
    expect(response.statusText).toBe(form.startsWith('a reason') ? 'Made' : 'Created');
    expect(response.headers.get('x-one')).toBe('1');
    expect(response.headers.get('x-two')).toBe('2');
    expect(sessionCookies(response)).toHaveLength(1);
    const given = JSON.stringify(parameters);
    for (const cookie of own)
      expect(response.headers.getSetCookie().includes(cookie)).toBe(given.includes(cookie));
    expect(store.calls).toEqual(['create']);
  });

  test.each<[string, (response: ServerResponse) => unknown]>([
    ['a second time', (response) => response.writeHead(200)],
    ['after the end', (response) => response.end() && response.writeHead(200)],
    ['setHeader', (response) => response.setHeader('X-Late', '1')],
    ['appendHeader', (response) => response.appendHeader('X-Late', '1')],
    ['removeHeader', (response) => response.removeHeader('X-Early')],
  ])(
    'once the head is decided, %s throws, and the response leaves as it was',
    async (_form, change) => {
      let code: unknown;
      const { client } = await serve((_request, response) => {
        response.writeHead(200, { 'X-Early': '1' });
        try {
          change(response);
        } catch (error) {
          code = (error as NodeJS.ErrnoException).code;
          expect((error as Error).message).toMatch(
            /^Cannot (?:set|append|remove|write) headers after they are sent to the client$/,
          );
        }
        response.statusCode = 500;
        response.end();
      });
      const response = await client.get('/');
      expect(code).toBe('ERR_HTTP_HEADERS_SENT');
      expect(response.status).toBe(200);
      expect(response.headers.get('x-early')).toBe('1');
      expect(response.headers.get('x-late')).toBeNull();
    },
  );

  test.each<[string, unknown[]]>([
    ['an odd list', [200, ['X-One']]],
    ['a line break in a value', [200, { 'X-One': 'a\r\nb' }]],
    ['a blank in a name', [200, { 'X One': 'a' }]],
  ])('V-19: %s throws in the handler, and the error page is sent', async (_form, parameters) => {
    const warnings = collectWarnings();
    const { client } = await serve((_request, response) =>
      response.writeHead(...(parameters as [number])),
    );
    const response = await client.get('/');
    expect(response.status).toBe(500);
    expect(await response.text()).toBe('Internal Server Error\n');
    expect(response.headers.get('x-one')).toBeNull();
    await vi.waitFor(() => expect(warnings).toHaveLength(1));
  });
});

test.each<[string, (response: ServerResponse, cookies: readonly string[]) => void]>([
  ['setHeader', (response, cookies) => response.setHeader('Set-Cookie', cookies)],
  [
    'writeHead',
    (response, cookies) => response.writeHead(200, { 'Set-Cookie': cookies as string[] }),
  ],
])(
  'V-22: a list of cookies that the handler passes to %s for every visitor does not collect theirs',
  async (_form, pass) => {
    const cookies = Object.freeze(['theme=dark', 'lang=en']);
    const { client } = await serve((_request, response) => {
      pass(response, cookies);
      response.end();
    });
    for (const visitor of [client.clone(), client.clone()]) {
      const response = await visitor.get('/');
      expect(response.status).toBe(200);
      expect(response.headers.getSetCookie()).toEqual([
        ...cookies,
        expect.stringMatching(/^__Host-sid=/),
      ]);
    }
  },
);

describe('F-26: the life of a held response', () => {
  test('says what a response without us would say', async () => {
    const said: unknown[] = [];
    const events: string[] = [];
    const { client, store } = await serve((_request, response) => {
      for (const event of ['finish', 'close']) response.on(event, () => events.push(event));
      said.push(response.headersSent, response.writableEnded);
      response.write('a');
      said.push(response.headersSent, response.writableEnded);
      response.end('b');
      said.push(response.headersSent, response.writableEnded);
      response.on('close', () =>
        said.push(response.headersSent, response.writableEnded, response.finished),
      );
    });
    expect(await (await client.get('/')).text()).toBe('ab');
    await vi.waitFor(() => expect(events).toEqual(['finish', 'close']));
    expect(said).toEqual([false, false, true, false, true, true, true, true, true]);
    expect(store.calls).toEqual(['create']);
  });

  test('a write while the response is held is too late as well', async () => {
    let code: unknown;
    const { client } = await serve((_request, response, session) => {
      response.end('page');
      try {
        session.set('late', true);
      } catch (error) {
        code = (error as { code?: unknown }).code;
      }
    });
    await (await client.get('/')).text();
    expect(code).toBe('too-late');
  });

  test('Content-Length is that of the body, given or not', async () => {
    const { client } = await serve(({ url }, response) => {
      if (url === '/given') response.setHeader('Content-Length', 6);
      response.end('häll');
      response.end();
    });
    expect((await client.request('/given', { method: 'HEAD' })).headers.get('content-length')).toBe(
      '6',
    );
    expect((await client.get('/')).headers.get('content-length')).toBe('5');
  });

  test('encodings and callbacks', async () => {
    const called: string[] = [];
    const { client } = await serve((_request, response) => {
      response.write('aGVs', 'base64', () => called.push('write'));
      response.write(Buffer.from('l'), () => called.push('buffer'));
      response.end('6f', 'hex', () => called.push('end'));
    });
    expect(await (await client.get('/')).text()).toBe('hello');
    await vi.waitFor(() => expect(called).toEqual(['write', 'buffer', 'end']));
  });

  test('flushHeaders sends the head before the body', async () => {
    let finish: (() => void) | undefined;
    const { client, store } = await serve((_request, response) => {
      response.flushHeaders();
      finish = () => response.end('later');
    });
    const response = await client.get('/');
    expect(sessionCookies(response)).toHaveLength(1);
    finish?.();
    expect(await response.text()).toBe('later');
    expect(store.calls).toEqual(['create']);
  });

  test('writeHead alone sends the head with what comes next', async () => {
    let finish: (() => void) | undefined;
    const { client, store } = await serve((_request, response) => {
      response.writeHead(202);
      finish = () => response.end('later');
    });
    const answer = client.get('/');
    await store.called('create');
    await new Promise((resolve) => setImmediate(resolve));
    finish?.();
    const response = await answer;
    expect(response.status).toBe(202);
    expect(sessionCookies(response)).toHaveLength(1);
    expect(await response.text()).toBe('later');
  });

  test('early hints pass, and the cookie comes with the response', async () => {
    const { client } = await serve((_request, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' });
      response.end('page');
    });
    const { response, text, hints } = await rawGet(client.origin);
    expect(hints).toEqual([[103, '</a.css>; rel=preload']]);
    expect(response.headers['set-cookie']).toHaveLength(1);
    expect(text).toBe('page');
  });

  test('trailers arrive', async () => {
    const { client } = await serve((_request, response) => {
      response.setHeader('Trailer', 'X-Sum');
      response.write('page');
      response.addTrailers({ 'X-Sum': '42' });
      response.end();
    });
    const { response } = await rawGet(client.origin);
    expect(response.trailers['x-sum']).toBe('42');
  });

  test('a connection is kept for the next request', async () => {
    const ports: unknown[] = [];
    const { client, store } = await serve(({ socket }, response) => {
      ports.push(socket.remotePort);
      response.end('page');
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let count = 0; count < 3; count++) {
      expect((await rawGet(client.origin, agent)).text).toBe('page');
    }
    agent.destroy();
    expect(new Set(ports).size).toBe(1);
    expect(store.times('create')).toBe(3);
  });

  test('a pipe of a fast, big source arrives whole', async () => {
    const block = Buffer.alloc(1 << 20, 'sojourn');
    const source = () =>
      Readable.from(
        Array.from({ length: 16 }, (_, index) => Buffer.concat([Buffer.from([index]), block])),
      );
    const { client, store } = await serve((_request, response) => source().pipe(response));
    const expected = createHash('md5').update(Buffer.concat(await source().toArray()));
    const body = await (await client.get('/')).arrayBuffer();
    expect(createHash('md5').update(Buffer.from(body)).digest('hex')).toBe(expected.digest('hex'));
    expect(store.calls).toEqual(['create']);
  });

  test('a pipe of a slow source arrives chunk by chunk', async () => {
    const source = new PassThrough();
    const { client } = await serve((_request, response) => void source.pipe(response));
    source.write('first');
    const reader = (await client.get('/')).body!.getReader();
    const read = async (): Promise<string> =>
      Buffer.from((await reader.read()).value ?? []).toString();
    expect(await read()).toBe('first');
    source.write('second');
    expect(await read()).toBe('second');
    source.end();
    expect(await read()).toBe('');
  });

  test.each<[string, (response: ServerResponse) => void]>([
    ['one write', () => undefined],
    ['a write and flushHeaders', (response) => response.flushHeaders()],
  ])(
    'a held write that fills the response answers false, and drain follows: %s',
    async (_form, then) => {
      const answers: boolean[] = [];
      const { client } = await serve(async (_request, response) => {
        const { writableHighWaterMark } = response;
        answers.push(
          response.write('a'),
          response.write('b'.repeat(writableHighWaterMark - 2)),
          response.write('c'),
        );
        then(response);
        await once(response, 'drain');
        response.end('d');
      });
      expect(await (await client.get('/')).text()).toMatch(/^ab+cd$/);
      expect(answers).toEqual([true, true, false]);
    },
  );

  test('a source that fails midway ends the connection; the session is stored', async () => {
    const warnings = collectWarnings();
    const { client, store } = await serve((_request, response) => {
      const body = async function* () {
        yield 'x'.repeat(response.writableHighWaterMark);
        await once(response, 'drain');
        throw new Error('the source failed');
      };
      return pipeline(Readable.from(body()), response);
    });
    const response = await client.get('/');
    await expect(response.text()).rejects.toThrow();
    expect(store.calls).toEqual(['create']);
    await vi.waitFor(() =>
      expect(warnings.map(({ message }) => message)).toEqual(['the source failed']),
    );
  });

  test('a chunk that Node refuses is an error of its request', async () => {
    const warnings = collectWarnings();
    const { client } = await serve((_request, response) => response.end(42));
    const response = await client.get('/');
    expect(response.status).toBe(500);
    expect(await response.text()).toBe('Internal Server Error\n');
    await vi.waitFor(() => expect(warnings).toHaveLength(1));
  });

  test('a handler that throws after it ended its response is warned of, and the response arrives', async () => {
    const warnings = collectWarnings();
    const { client } = await serve((_request, response) => {
      response.end('page');
      throw new Error('too late to tell the client');
    });
    expect(await (await client.get('/')).text()).toBe('page');
    await vi.waitFor(() =>
      expect(warnings.map(({ message }) => message)).toEqual(['too late to tell the client']),
    );
  });
});

describe('F-26: a commit that fails', () => {
  const failing: [string, Handler][] = [
    ['end', (_request, response) => response.end('lost')],
    [
      'writeHead and end',
      (_request, response) =>
        response.writeHead(200, 'Lost', { 'Content-Length': 4, 'X-Lost': '1' }).end('lost'),
    ],
    [
      'writes that wait for nothing',
      async (_request, response) => {
        for (let count = 0; count < 50; count++) {
          response.write('lost');
          await new Promise((resolve) => setImmediate(resolve));
        }
        response.end('lost');
      },
    ],
    [
      'a pipe',
      (_request, response) =>
        void Readable.from(Array.from({ length: 500 }, () => 'lost')).pipe(response),
    ],
    [
      'flushHeaders and a later end',
      async (_request, response) => {
        response.flushHeaders();
        await new Promise((resolve) => setImmediate(resolve));
        response.end('lost');
      },
    ],
  ];

  test.each(failing)('leaves nothing of the lost response: %s', async (_form, handler) => {
    const { client, store } = await serve(handler);
    store.fail('create');
    for (let count = 0; count < 3; count++) {
      const response = await client.get('/');
      expect(response.status).toBe(503);
      expect(response.statusText).toBe('Service Unavailable');
      expect(await response.text()).toBe('Service Unavailable\n');
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(response.headers.get('x-lost')).toBeNull();
    }
    store.heal();
    expect((await client.get('/')).status).toBe(200);
    expect(store.times('create')).toBe(4);
  });

  test.each(failing)(
    'is answered once by an onError that takes its time: %s',
    async (_form, handler) => {
      const errors: unknown[] = [];
      const { client, store } = await serve(handler, {
        onError: async (error, _request, response) => {
          errors.push(error);
          await new Promise((resolve) => setImmediate(resolve));
          response.end('error page');
        },
      });
      store.fail('create');
      const response = await client.get('/');
      expect(response.status).toBe(503);
      expect(await response.text()).toBe('error page');
      expect(errors).toEqual([expect.objectContaining({ code: 'store-failed' })]);
    },
  );

  test('an onError that throws ends the connection, and the server goes on', async () => {
    const warnings = collectWarnings();
    const { client, store } = await serve((_request, response) => response.end('page'), {
      onError: () => {
        throw new Error('no page for this');
      },
    });
    store.fail('create');
    await expect(client.get('/')).rejects.toThrow();
    store.heal();
    expect(await (await client.get('/')).text()).toBe('page');
    expect(warnings.map(({ message }) => message)).toEqual(['no page for this']);
  });
});
