import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type Data,
  type ExpressSessionRequest,
  type Handler,
  packages,
  quiet,
  serve,
} from './express-session/apps.js';

type Options = NonNullable<Parameters<(typeof packages)[number]['session']>[0]>;

interface Visit {
  readonly path?: string;
  readonly headers?: Record<string, string>;
  /** Milliseconds since the visit before. */
  readonly after?: number;
}

interface Scenario {
  readonly name: string;
  readonly options: Partial<Options>;
  readonly handler?: Handler;
  readonly before?: Handler;
  /** Default: two visits, half a minute apart. */
  readonly visits?: readonly Visit[];
}

const TWO: readonly Visit[] = [{}, { after: 30_000 }];
const MINUTE = 60_000;
const HTTPS = { 'x-forwarded-proto': 'https' };

const write: Handler = ({ session }, response) => {
  session.views = (session.views ?? 0) + 1;
  response.end();
};
const read: Handler = (_, response) => response.end();
const secureFromHeader: Handler = (request) => {
  Object.assign(request, { secure: request.headers['x-secure'] === 'true' });
};
const mountedAtFoo: Handler = (request) => {
  const { url = '' } = request;
  if (url.startsWith('/foo')) Object.assign(request, { originalUrl: url, url: url.slice(4) });
};

/** A handler that changes the cookie before it writes. */
function cookieChange(
  change: (cookie: ExpressSessionRequest['session']['cookie'], data: Data) => void,
): Handler {
  return (request, response) => {
    change(request.session.cookie, request.session);
    return write(request, response);
  };
}

const COOKIES: Options['cookie'][] = [
  {},
  { maxAge: MINUTE },
  { maxAge: 3_000_000_000 },
  { expires: new Date(2_000_000_000_000) },
  { expires: null as never },
  { maxAge: null as never },
  { maxAge: 1000, expires: new Date(2_000_000_000_000) },
  { expires: new Date(2_000_000_000_000), maxAge: 1000 },
  { httpOnly: false },
  { path: '/foo' },
  { domain: 'example.com' },
  { sameSite: true },
  { sameSite: false },
  { sameSite: 'lax' },
  { sameSite: 'none', secure: true },
  { sameSite: 'strict' },
  { sameSite: 'auto' },
  { secure: true },
  { secure: 'auto' },
  { secure: 'auto', sameSite: 'auto' },
  { partitioned: true },
  { partitioned: false },
  { priority: 'low' },
  { priority: 'medium' },
  { priority: 'high' },
  () => ({ maxAge: MINUTE, httpOnly: false }),
];

function nameOf(cookie: Options['cookie']): string {
  return typeof cookie === 'function' ? 'a function' : JSON.stringify(cookie);
}

const scenarios: readonly Scenario[] = [
  ...COOKIES.flatMap((cookie): Scenario[] => [
    {
      name: `written, with the cookie: ${nameOf(cookie)}`,
      options: { cookie, proxy: true },
      handler: write,
      visits: [
        { path: '/foo/bar' },
        { after: 30_000 },
        { path: '/foo', after: 10 },
        { headers: HTTPS },
        { path: '/foobar/../foo' },
      ],
    },
    {
      name: `by default, with the cookie: ${nameOf(cookie)}`,
      options: { cookie, resave: undefined, saveUninitialized: undefined, rolling: true },
      before: secureFromHeader,
      visits: [
        {},
        { path: '/foo/', after: 30_000 },
        { headers: { 'x-secure': 'true' } },
        { after: 70_000 },
      ],
    },
  ]),
  { name: 'name', options: { name: 'sid', key: 'other' }, handler: write },
  { name: 'key', options: { key: 'other' }, handler: write },
  { name: 'a list of secrets', options: { secret: ['one', 'two'] }, handler: write },
  { name: 'a secret of bytes', options: { secret: Buffer.from('keyboard cat') }, handler: write },
  { name: 'genid of unsafe characters', options: { genid: () => '%/ä; b' }, handler: write },
  {
    name: 'genid of the request',
    options: { genid: (request) => String(request.url) },
    handler: write,
    visits: [{ path: '/foo' }],
  },
  {
    name: 'proxy: false',
    options: { proxy: false, cookie: { secure: true } },
    handler: write,
    visits: [{ headers: HTTPS }],
  },
  {
    name: 'proxy: a list of protocols',
    options: { proxy: true, cookie: { secure: true } },
    handler: write,
    visits: [
      { headers: { 'x-forwarded-proto': 'https,http' } },
      { headers: { 'x-forwarded-proto': 'http,https' } },
    ],
  },
  { name: 'rolling, read', options: { rolling: true, saveUninitialized: true }, handler: read },
  { name: 'rolling, nothing to store', options: { rolling: true }, handler: read },
  {
    name: 'rolling, written, with an age',
    options: { rolling: true, cookie: { maxAge: MINUTE } },
    handler: write,
  },
  {
    name: 'mounted',
    options: { cookie: { path: '/foo/bar' } },
    handler: write,
    before: mountedAtFoo,
    visits: [{ path: '/foo/bar' }, { path: '/foo/foo/bar' }],
  },
  {
    name: 'a cookie of the handler',
    options: {},
    handler(request, response) {
      response.setHeader('Set-Cookie', 'previous=1');
      write(request, response);
    },
  },
  {
    name: 'a cookie of writeHead',
    options: {},
    handler(request, response) {
      request.session.views = 1;
      response.writeHead(200, { 'Set-Cookie': ['a=1', 'b=2'], 'X-Other': 'yes' });
      response.end('body');
    },
  },
  {
    name: 'httpOnly and secure set by the handler',
    options: { proxy: true },
    handler: cookieChange((cookie) => Object.assign(cookie, { httpOnly: false, secure: true })),
    visits: [{ headers: HTTPS }, { headers: HTTPS }],
  },
  {
    name: 'maxAge set by the handler',
    options: { cookie: { maxAge: 2000 } },
    handler: cookieChange((cookie, { views = 0 }) => {
      cookie.maxAge = [5000, 3_000_000_000][views % 2] ?? 0;
    }),
    visits: [{}, { after: 5 }, { after: 5 }],
  },
  {
    name: 'expires set by the handler',
    options: {},
    handler: cookieChange((cookie) => {
      cookie.expires = new Date(2_000_000_000_000);
    }),
  },
  {
    name: 'expires set to null by the handler',
    options: { cookie: { maxAge: MINUTE } },
    handler: cookieChange((cookie) => {
      cookie.expires = null;
    }),
  },
  {
    name: 'an expired session',
    options: { cookie: { maxAge: 5 } },
    handler: write,
    visits: [{}, { after: 20 }],
  },
];

/**
 * Runs a scenario with ids that count up and a clock that stands still, so that each byte is
 * decided.
 */
async function play(
  session: (typeof packages)[number]['session'],
  { options, handler, before, visits = TWO }: Scenario,
): Promise<unknown> {
  vi.setSystemTime(1_700_000_000_000);
  const store = new session.MemoryStore();
  let ids = 0;
  const app = await serve(
    session,
    { ...quiet, genid: () => `id-${++ids}`, store, ...options },
    handler,
    before,
  );
  let cookie: string | undefined;
  const log: unknown[] = [];
  for (const { path = '/', headers = {}, after = 0 } of visits) {
    vi.setSystemTime(Date.now() + after);
    const { status, text, setCookie } = await app.get(path, { headers, cookie });
    const sent = setCookie.find((each) => !/^(previous|a|b)=/.test(each));
    cookie = sent?.split(';')[0] ?? cookie;
    log.push({ path, status, text, setCookie, stored: { ...store.sessions } });
  }
  return log;
}

describe('the same cookies and the same records, byte for byte', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());
  const [{ session: original }, { session: ours }] = packages as [
    (typeof packages)[0],
    (typeof packages)[0],
  ];

  test.each(scenarios)('$name', async (scenario) => {
    const expected = await play(original, scenario);
    expect(expected).toEqual(expect.arrayContaining([expect.objectContaining({ status: 200 })]));
    expect(await play(ours, scenario)).toEqual(expected);
  });
});

describe('the Cookie', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: 1_700_000_000_000 }));
  afterEach(() => void vi.useRealTimers());
  const later = new Date(1_700_000_005_000);
  const options: unknown[] = [
    undefined,
    null,
    {},
    ...[undefined, null, 1000, 0, -5, Number.NaN, '1d', later].map((maxAge) => ({ maxAge })),
    ...[undefined, null, later, later.toJSON()].map((expires) => ({ expires })),
    { originalMaxAge: 7, maxAge: 1000 },
    { maxAge: 1000, originalMaxAge: 7 },
    { originalMaxAge: null, maxAge: 1000 },
    { maxAge: 1000, originalMaxAge: undefined },
    { originalMaxAge: 9, expires: later },
    { expires: later, originalMaxAge: 9 },
    { expires: later, maxAge: 1000 },
    { maxAge: undefined, expires: later },
    { expires: later, maxAge: undefined },
    { httpOnly: undefined, path: undefined, secure: undefined, sameSite: true },
    Object.create({ maxAge: 1000, domain: 'a.example' }),
    'text',
    5,
  ];

  test.each(options)('has the same content and text with %o', (given) => {
    const seen = packages.map(({ session: { Cookie } }) => {
      try {
        const cookie = new Cookie(given as never);
        const first = [JSON.stringify(cookie), Object.keys(cookie), textOf(cookie)];
        cookie.maxAge = cookie.originalMaxAge as never;
        return [...first, JSON.stringify(cookie)];
      } catch (error) {
        return (error as Error).message;
      }
    });
    expect(seen[1]).toEqual(seen[0]);
  });

  function textOf(cookie: { serialize(name: string, value: string): string }): string {
    try {
      return cookie.serialize('name', 'value');
    } catch (error) {
      return (error as Error).message;
    }
  }
});
