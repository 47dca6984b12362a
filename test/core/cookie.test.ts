import { describe, expect, test } from 'vitest';
import { type CookieOptions, cookieTransport, parseCookies } from '../../src/http/cookie.js';
import { createToken } from '../../src/keys/token.js';
import { cookieTexts, requestView, withCookies } from './request-view.js';

const NOW = Date.UTC(2026, 10, 21, 12, 0, 0);
const sent = (options: CookieOptions, token = 'token', maxAge = 60_000, secure = true) =>
  cookieTexts(
    cookieTransport(options, () => NOW)
      .receive(withCookies('', secure))
      .send(token, maxAge),
  );

describe('the cookie that is sent', () => {
  test('S-20: is strict by default', () => {
    expect(sent({})).toEqual(['__Host-sid=token; Path=/; HttpOnly; Secure; SameSite=Lax']);
    expect(cookieTransport().receive(withCookies('')).send('token', 1).headers).toEqual([
      ['Set-Cookie', sent({})[0]],
    ]);
    expect(cookieTransport()).toMatchObject({ vary: 'Cookie', persistent: false });
  });

  test('has the attributes that were asked for', () => {
    const options = {
      name: 'shop',
      path: '/shop',
      domain: 'example.com',
      httpOnly: false,
      sameSite: 'none',
      partitioned: true,
      priority: 'high',
    } as const;
    expect(sent(options)).toEqual([
      'shop=token; Path=/shop; Domain=example.com; Secure; SameSite=None; Partitioned; Priority=High',
    ]);
  });

  test.each([
    [{}, '__Host-sid'],
    [{ path: '/shop' }, '__Secure-sid'],
    [{ domain: 'example.com' }, '__Secure-sid'],
    [{ secure: 'auto' }, '__Host-sid'],
    [{ secure: 'auto', path: '/shop' }, '__Secure-sid'],
    [{ secure: false }, 'sid'],
    [{ name: 'id' }, 'id'],
  ] satisfies [CookieOptions, string][])('S-20: of %j is called %s', (options, name) => {
    expect(sent(options)[0]?.split('=')[0]).toBe(name);
  });

  test("S-29: with secure 'auto' loses Secure and prefix where the request is not secure", () => {
    expect(sent({ secure: 'auto' }, 'token', 1, false)).toEqual([
      'sid=token; Path=/; HttpOnly; SameSite=Lax',
    ]);
    expect(sent({ secure: 'auto', name: '__Host-Http-id' }, 'token', 1, false)).toEqual([
      'id=token; Path=/; HttpOnly; SameSite=Lax',
    ]);
    expect(sent({ secure: 'auto', name: 'id' }, 'token', 1, false)).toEqual([
      'id=token; Path=/; HttpOnly; SameSite=Lax',
    ]);
    expect(sent({ secure: 'auto' })).toEqual(sent({}));
  });

  test('S-23: lasts as long as the session when it is persistent', () => {
    expect(sent({ persistent: true }, 'token', 90_000)).toEqual([
      '__Host-sid=token; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=90; Expires=Sat, 21 Nov 2026 12:01:30 GMT',
    ]);
    expect(cookieTransport({ persistent: true }).persistent).toBe(true);
  });

  test.each([
    [1, 1],
    [0, 1],
    [-5000, 1],
    [1001, 2],
    [34_560_000_000, 34_560_000],
    [34_560_000_001, 34_560_000],
    [1e15, 34_560_000],
  ])('S-23: %d ms are Max-Age=%d', (maxAge, seconds) => {
    const [text] = sent({ persistent: true }, 'token', maxAge);
    expect(text).toContain(
      `; Max-Age=${seconds}; Expires=${new Date(NOW + seconds * 1000).toUTCString()}`,
    );
  });

  test('S-23: Expires follows the clock', () => {
    let now = NOW;
    const transport = cookieTransport({ persistent: true }, () => now);
    const expires = () =>
      /Expires=(.*)$/.exec(
        cookieTexts(transport.receive(withCookies('')).send('token', 60_000))[0] ?? '',
      )?.[1];
    expect(expires()).toBe('Sat, 21 Nov 2026 12:01:00 GMT');
    now += 999;
    expect(expires()).toBe('Sat, 21 Nov 2026 12:01:00 GMT');
    now += 1;
    expect(expires()).toBe('Sat, 21 Nov 2026 12:01:01 GMT');
    now -= 1000;
    expect(expires()).toBe('Sat, 21 Nov 2026 12:01:00 GMT');
  });

  test('the options are read once and never changed', () => {
    const options: CookieOptions = Object.freeze({ name: 'id', persistent: true });
    expect(() => cookieTransport(options)).not.toThrow();
    const changing: CookieOptions = { name: 'id' };
    const transport = cookieTransport(changing);
    changing.name = 'other';
    expect(cookieTexts(transport.receive(withCookies('')).send('token', 1))[0]).toMatch(/^id=/);
  });

  test('S-18: expires with the very attributes it was set with', () => {
    const transport = cookieTransport({
      path: '/shop',
      domain: 'example.com',
      sameSite: 'none',
      partitioned: true,
      priority: 'low',
    });
    const presented = transport.receive(withCookies(''));
    const [set] = cookieTexts(presented.send('token', 1));
    expect(cookieTexts(presented.expire())).toEqual([
      `${set?.replace('=token', '=')}; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT`,
    ]);
  });
});

describe('a request that is not secure', () => {
  test('S-29: is refused a Secure cookie, with the cause and what to do', () => {
    const { refusal } = cookieTransport().receive(withCookies('', false));
    expect(refusal).toContain('The connection is plain http.');
    expect(refusal).toMatch(/https.*trustProxy.*'auto'/s);
  });

  test.each([
    'localhost',
    'localhost:3000',
    'LOCALHOST:3000',
    'shop.localhost:80',
    'a.b.localhost',
    '127.0.0.1',
    '127.1.2.3:8080',
    '[::1]',
    '[::1]:3000',
  ])('is not refused it on %s, which browsers trust', (host) => {
    const presented = cookieTransport().receive(requestView({ host }, false));
    expect(presented.refusal).toBeUndefined();
    expect(cookieTexts(presented.send('token', 1))).toEqual(sent({}));
  });

  test.each([
    'example.com',
    'localhost.example.com',
    'notlocalhost',
    '127.0.0.1.example.com',
    '128.0.0.1',
    '[::2]',
    'localhost:80x',
    'localhost, example.com',
    'user@localhost',
    '',
  ])('S-29: is refused it on %j', (host) => {
    expect(cookieTransport().receive(requestView({ host }, false)).refusal).toBeTypeOf('string');
    expect(cookieTransport().receive(requestView({ host }, true)).refusal).toBeUndefined();
  });

  test("is not refused a cookie with secure 'auto' or false", () => {
    for (const secure of ['auto', false] as const)
      expect(cookieTransport({ secure }).receive(withCookies('', false)).refusal).toBeUndefined();
  });
});

describe('the cookies that are read', () => {
  const tokens = (cookie: string, options: CookieOptions = {}, secure = true) =>
    cookieTransport(options).receive(withCookies(cookie, secure)).tokens;

  test('the token is found among other cookies', () => {
    const token = createToken();
    expect(tokens(`theme=dark; __Host-sid=${token}; lang=en`)).toEqual([token]);
    expect(tokens(`__Host-sid=${token}`)).toEqual([token]);
    expect(tokens('theme=dark')).toEqual([]);
    expect(cookieTransport().receive(requestView()).tokens).toEqual([]);
  });

  test("S-20: with secure 'auto' a secure request counts the prefixed name alone, another one the plain name alone", () => {
    const cookie = '__Host-sid=prefixed; sid=plain';
    expect(tokens(cookie, { secure: 'auto' })).toEqual(['prefixed']);
    expect(tokens(cookie, { secure: 'auto' }, false)).toEqual(['plain']);
  });

  test('a name with characters of regular expressions is taken literally', () => {
    expect(parseCookies('a.b=1; axb=2; a*=3', 'a.b')).toEqual(['1']);
    expect(parseCookies('a.b=1; axb=2; a*=3', 'a*')).toEqual(['3']);
  });

  test('at most four values are looked at', () => {
    expect(parseCookies('a=1; a=2; a=3; a=4; a=5', 'a')).toEqual(['1', '2', '3', '4']);
  });
});

describe('a token that does not fit into one cookie', () => {
  const transport = cookieTransport({ priority: 'low' });
  const header = (texts: string[]) => texts.map((text) => text.split(';')[0]).join('; ');
  const long = 'x'.repeat(4000) + 'y'.repeat(2000);

  test('S-22: travels in two and comes back whole', () => {
    const texts = cookieTexts(transport.receive(withCookies('')).send(long, 1));
    expect(texts).toHaveLength(2);
    expect(texts.map((text) => text.split('=')[0])).toEqual(['__Host-sid', '__Host-sid.1']);
    for (const text of texts) {
      const pair = text.slice(0, text.indexOf(';'));
      expect(pair.length - 1).toBeLessThanOrEqual(4096);
      expect(text.slice(pair.length)).toBe(
        '; Path=/; HttpOnly; Secure; SameSite=Lax; Priority=Low',
      );
    }
    expect(transport.receive(withCookies(header(texts))).tokens).toEqual([long]);
    expect(transport.receive(withCookies(header(texts.reverse()))).tokens).toEqual([long]);
  });

  test('S-22: one cookie holds 4096 octets of name and value, and two hold 8192', () => {
    const one = 4096 - '__Host-sid'.length;
    const two = 8192 - '__Host-sid'.length - '__Host-sid.1'.length - '2~'.length;
    const send = (length: number) =>
      cookieTexts(transport.receive(withCookies('')).send('x'.repeat(length), 1));
    expect(send(one)).toHaveLength(1);
    expect(send(one + 1)).toHaveLength(2);
    expect(send(two)).toHaveLength(2);
    expect(() => send(two + 1)).toThrow(
      expect.objectContaining({
        code: 'too-large',
        message: expect.stringMatching(new RegExp(`${two + 1} .* ${two}\\. .*store`)),
      }),
    );
  });

  test('S-22: without its second part, or with two of them, is no token', () => {
    const [first = '', second = ''] = cookieTexts(
      transport.receive(withCookies('')).send(long, 1),
    ).map((text) => text.split(';')[0] ?? '');
    expect(transport.receive(withCookies(first)).tokens).toEqual([]);
    expect(transport.receive(withCookies(second)).tokens).toEqual([]);
    expect(transport.receive(withCookies(`${first}; ${second}; ${second}`)).tokens).toEqual([]);
    expect(transport.receive(withCookies(`${first}; ${second}; __Host-sid=short`)).tokens).toEqual([
      long,
      'short',
    ]);
  });

  test('S-22: takes its second cookie away when it fits again', () => {
    const presented = transport.receive(
      withCookies(header(cookieTexts(transport.receive(withCookies('')).send(long, 1)))),
    );
    const [kept, removed, ...more] = cookieTexts(presented.send('short', 1));
    expect(kept).toBe('__Host-sid=short; Path=/; HttpOnly; Secure; SameSite=Lax; Priority=Low');
    expect(removed).toBe(
      '__Host-sid.1=; Path=/; HttpOnly; Secure; SameSite=Lax; Priority=Low; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    );
    expect(more).toEqual([]);
    expect(cookieTexts(presented.send(`${long}z`, 1))).toHaveLength(2);
    expect(cookieTexts(presented.expire()).map((text) => text.split('=')[0])).toEqual([
      '__Host-sid',
      '__Host-sid.1',
    ]);
  });

  test('S-18: only the cookies that are there are taken away', () => {
    expect(cookieTexts(transport.receive(withCookies('__Host-sid=short')).expire())).toEqual([
      '__Host-sid=; Path=/; HttpOnly; Secure; SameSite=Lax; Priority=Low; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    ]);
  });
});
