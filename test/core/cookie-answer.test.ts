import { describe, expect, test } from 'vitest';
import { type CookieOptions, cookieTransport } from '../../src/http/cookie.js';
import type { Answer, AnswerCookie } from '../../src/http/transport.js';
import { BrowserJar, readSetCookie } from '../security/browser-jar.js';
import { cookieTexts, requestView, withCookies } from './request-view.js';

const NOW = Date.UTC(2026, 10, 21, 12, 0, 0);
const presented = (options: CookieOptions, cookie = '', host = 'app.example.com') =>
  cookieTransport(options, () => NOW).receive(requestView({ cookie, host }));

/** What a framework would write of the structured form, as a browser reads it. */
function asReceived({ name, value, attributes }: AnswerCookie): unknown {
  const { httpOnly, secure, partitioned, maxAge, expires, ...texts } = attributes;
  const flags = Object.entries({ httpOnly, secure, partitioned }).filter(([, isSet]) => isSet);
  const given = [
    ...Object.entries(texts).map(([attribute, text]) => [attribute, text.toLowerCase()]),
    ...flags.map(([attribute]) => [attribute, '']),
    ...(maxAge === undefined ? [] : [['max-age', String(maxAge)]]),
    ...(expires === undefined ? [] : [['expires', expires.toUTCString()]]),
  ];
  return {
    name,
    value,
    attributes: Object.fromEntries(given.map(([key = '', text]) => [key.toLowerCase(), text])),
  };
}

function fromText(text: string): unknown {
  const cookie = readSetCookie(text);
  const attributes = Object.fromEntries(
    [...(cookie?.attributes ?? [])].map(([key, value]) =>
      key === 'samesite' || key === 'priority' ? [key, value.toLowerCase()] : [key, value],
    ),
  );
  return { ...cookie, attributes };
}

function expectSameInBothForms(answer: Answer): void {
  expect(answer.headers.map(([name]) => name)).toEqual(answer.cookies.map(() => 'Set-Cookie'));
  expect(answer.cookies.map(asReceived)).toEqual(cookieTexts(answer).map(fromText));
}

describe('the answer in two forms', () => {
  const options: CookieOptions[] = [
    {},
    { persistent: true },
    { secure: 'auto', httpOnly: false },
    { path: '/shop', domain: 'example.com', sameSite: 'none', partitioned: true, priority: 'high' },
    { domain: (host) => host, sameSite: 'strict' },
  ];

  test.each(options)('of %j say the same', (given) => {
    const long = 'x'.repeat(6000);
    for (const cookie of ['', '__Host-sid.1=left; __Secure-sid.1=left']) {
      const transport = presented(given, cookie);
      for (const isPersistent of [undefined, true, false]) {
        expectSameInBothForms(transport.send('token', 90_000, isPersistent));
        expectSameInBothForms(transport.send(long, 90_000, isPersistent));
      }
      expectSameInBothForms(transport.expire());
      expectSameInBothForms(transport.clearOthers());
    }
  });

  test('the structured form has the names of the attributes and no others', () => {
    const { cookies } = presented({ persistent: true }).send('token', 90_000);
    expect(cookies).toEqual([
      {
        name: '__Host-sid',
        value: 'token',
        attributes: {
          path: '/',
          httpOnly: true,
          secure: true,
          sameSite: 'lax',
          maxAge: 90,
          expires: new Date(NOW + 90_000),
        },
      },
    ]);
    expect(presented({}).send('token', 1).cookies[0]?.attributes).toEqual({
      path: '/',
      httpOnly: true,
      secure: true,
      sameSite: 'lax',
    });
  });

  test('whoever changes an attribute or a date changes no later cookie', () => {
    const transport = presented({ persistent: true });
    const [cookie] = transport.send('token', 1).cookies;
    cookie?.attributes.expires?.setTime(0);
    expect(transport.send('token', 1).cookies[0]?.attributes.expires?.getTime()).toBe(NOW + 1000);
    const [kept] = presented({}).send('token', 1).cookies;
    expect(() => Object.assign(kept?.attributes ?? {}, { path: '/evil' })).toThrow(TypeError);
  });
});

describe('one session remembered, another not', () => {
  test('the call decides, the option is the default', () => {
    for (const persistent of [true, false]) {
      const transport = presented({ persistent });
      const hasAge = (isPersistent?: boolean): boolean =>
        cookieTexts(transport.send('token', 1000, isPersistent))[0]?.includes('Max-Age=1;') ??
        false;
      expect([hasAge(), hasAge(true), hasAge(false)]).toEqual([persistent, true, false]);
    }
  });
});

describe('a domain that depends on the request', () => {
  const perTenant: CookieOptions = {
    domain: (host) => (host.endsWith('.example.com') ? 'example.com' : undefined),
  };
  const domainOf = (options: CookieOptions, host: string): string | undefined =>
    presented(options, '', host).send('token', 1).cookies[0]?.attributes.domain;

  test('is chosen by the name of the host, without port and in lower case', () => {
    const hosts: string[] = [];
    const options: CookieOptions = {
      domain(host) {
        hosts.push(host);
        return undefined;
      },
    };
    for (const host of ['Shop.Example.com:8443', 'shop.example.com.', '[::1]:3000', ''])
      expect(domainOf(options, host)).toBeUndefined();
    expect(hosts).toEqual(['shop.example.com', 'shop.example.com', '[::1]']);
    expect(domainOf(perTenant, 'shop.example.com')).toBe('example.com');
    expect(domainOf(perTenant, 'tenant.test')).toBeUndefined();
  });

  test('S-18: is the same when the cookie is taken away', () => {
    const [text] = cookieTexts(presented(perTenant, '', 'shop.example.com').expire());
    expect(text).toContain('; Domain=example.com;');
  });

  test('S-21: gets the name that a domain needs, and no __Host- name', () => {
    expect(presented(perTenant).send('token', 1).cookies[0]?.name).toBe('__Secure-sid');
    expect(presented(perTenant, '', 'tenant.test').send('token', 1).cookies[0]?.name).toBe(
      '__Secure-sid',
    );
    expect(() => cookieTransport({ ...perTenant, name: '__Host-id' })).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
  });

  test.each([
    ['another site', () => 'other.example', 'not in'],
    ['a sibling', () => 'www.example.com', 'not in'],
    ['a part of a label', () => 'ple.com', 'not in'],
    ['a leading dot', () => '.example.com', 'leading dot'],
    ['a top level domain', () => 'com', 'domain'],
    ['attributes', () => 'example.com; Path=/', 'domain'],
    ['no text', () => 7 as unknown as string, 'domain'],
    ['a promise', async () => 'example.com', 'domain'],
  ] as [string, (host: string) => string, string][])(
    'S-25: that is %s is an error when it is used',
    (_, domain, said) => {
      const transport = presented({ domain }, '', 'app.example.com');
      const invalid = expect.objectContaining({
        code: 'invalid-option',
        message: expect.stringContaining(said),
      });
      expect(() => transport.send('token', 1)).toThrow(invalid);
      expect(() => transport.expire()).toThrow(invalid);
      expect(() => transport.clearOthers()).toThrow(invalid);
    },
  );

  test('an error of the function is the cause', () => {
    const cause = new Error('no such tenant');
    const transport = presented({
      domain() {
        throw cause;
      },
    });
    expect(() => transport.send('token', 1)).toThrow(
      expect.objectContaining({ code: 'invalid-option', cause }),
    );
  });
});

describe('other cookies of the name', () => {
  const URL_OF_SHOP = new URL('https://shop.example.com/app/page');
  /** Every cookie that another version of this site, or a sibling host, could have left. */
  const left = (name: string, attributes: readonly string[]): string[] =>
    attributes.map((text, index) => `${name}=left${index}${text}; Secure`);

  test.each([
    [
      'a domain',
      { domain: 'example.com' },
      '__Secure-sid',
      [
        '; Path=/',
        '; Path=/; Domain=shop.example.com',
        '; Path=/; Domain=example.com; Partitioned',
      ],
    ],
    [
      'no domain',
      { name: 'id' },
      'id',
      [
        '; Path=/; Domain=shop.example.com',
        '; Path=/; Domain=example.com',
        '; Path=/; Partitioned',
      ],
    ],
    [
      'a path',
      { path: '/app' },
      '__Secure-sid',
      ['; Path=/', '; Path=/app; Domain=example.com', '; Path=/; Domain=example.com'],
    ],
    ['a prefix that forbids domains', {}, '__Host-sid', ['; Path=/; Partitioned']],
    ['partitions', { partitioned: true, name: '__Host-id' }, '__Host-id', ['; Path=/']],
  ] as [string, CookieOptions, string, string[]][])(
    'S-27: with %s are removed, and our own stays',
    (_, options, name, attributes) => {
      const jar = new BrowserJar();
      const transport = cookieTransport(options);
      for (const text of left(name, attributes)) expect(jar.receive(text, URL_OF_SHOP)).toBe(true);
      const view = () =>
        transport.receive(requestView({ cookie: jar.header(URL_OF_SHOP), host: URL_OF_SHOP.host }));
      for (const text of cookieTexts(view().send('ours', 1))) jar.receive(text, URL_OF_SHOP);
      expect(jar.size).toBe(attributes.length + 1);
      for (const text of cookieTexts(view().clearOthers())) jar.receive(text, URL_OF_SHOP);
      expect(jar.header(URL_OF_SHOP)).toBe(`${name}=ours`);
    },
  );

  test('second halves go with them', () => {
    const { cookies } = presented({ name: 'id' }, 'id=a; id=b; id.1=c').clearOthers();
    expect(new Set(cookies.map(({ name }) => name))).toEqual(new Set(['id', 'id.1']));
    expect(cookies.every(({ value, attributes }) => value === '' && attributes.maxAge === 0)).toBe(
      true,
    );
  });

  test.each(['192.0.2.1', '[2001:db8::1]:80', 'localhost', '', 'a b', '..'])(
    'the host %j has no domains above it',
    (host) => {
      const { cookies } = presented({ name: 'id' }, '', host).clearOthers();
      expect(cookies.filter(({ attributes }) => attributes.domain !== undefined)).toEqual([]);
    },
  );

  test('a host of a hundred labels does not make a hundred cookies', () => {
    const host = `${'a.'.repeat(100)}example.com`;
    expect(presented({ path: '/app' }, '', host).clearOthers().cookies.length).toBeLessThan(30);
  });

  test("with secure 'auto' a plain request gets nothing that needs Secure", () => {
    const view = withCookies('', false);
    const { cookies } = cookieTransport({ secure: 'auto' }).receive(view).clearOthers();
    expect(cookies.length).toBeGreaterThan(0);
    for (const { name, attributes } of cookies)
      expect({ name, ...attributes }).toMatchObject({ name: 'sid', secure: false });
    expect(cookies.some(({ attributes }) => attributes.partitioned)).toBe(false);
  });
});
