import { describe, expect, test } from 'vitest';
import { createSessions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { setCookies, Visitor } from '../visitor.js';
import { planned } from './lossy-store.js';
import { sentToken, visits } from './visits.js';

interface Data {
  a: number;
  b: number;
}

const withCode = (code: string): unknown => expect.objectContaining({ code });

describe('two commits of one request', () => {
  const first = { isLast: false };

  test('the session stays writable, and both answers are whole', async () => {
    const { sessions, found, store } = visits<Data>();
    const session = await sessions.open({});
    const before = await sessions.commit(session.set('a', 1), first);
    const token = sentToken(before) ?? '';
    expect(await found(token)).toEqual({ a: 1 });
    const after = await sessions.commit(session.set('b', 2));
    expect([sentToken(after), after.headers]).toEqual([token, before.headers]);
    expect([await found(token), await store.count?.()]).toEqual([{ a: 1, b: 2 }, 1]);
    expect(() => session.set('a', 3)).toThrow(withCode('too-late'));
  });

  test('a second commit without a change answers the same, and stores nothing', async () => {
    const { sessions } = visits<Data>();
    const session = await sessions.open({});
    const before = await sessions.commit(session.set('a', 1), first);
    expect(await sessions.commit(session)).toEqual(before);
    expect(await sessions.commit(session)).toEqual(before);
    expect(session.outcome).toBe('created');
  });

  test('a login between them: the second answer has the token that counts', async () => {
    const { sessions, open, visit } = visits<Data>();
    const token = await visit('', (session) => session.set('a', 1));
    const session = await open(token);
    expect(sentToken(await sessions.commit(session.set('b', 1), first))).toBeUndefined();
    await session.login('ada');
    const next = sentToken(await sessions.commit(session)) ?? '';
    expect((await open(next)).userId).toBe('ada');
  });

  test('a logout between them: nothing is sent, or the token is taken away', async () => {
    const { sessions, visit, open } = visits<Data>();
    const fresh = await sessions.open({});
    expect(sentToken(await sessions.commit(fresh.set('a', 1), first))).not.toBeUndefined();
    await fresh.logout();
    expect(sentToken(await sessions.commit(fresh))).toBeUndefined();
    const known = await open(await visit('', (session) => session.set('a', 1)));
    await sessions.commit(known.set('b', 1), first);
    await known.logout();
    expect(sentToken(await sessions.commit(known))).toBe('');
  });

  test('a first one that fails is final', async () => {
    const { sessions } = visits<Data>({}, planned({ create: ['down'] }));
    const session = await sessions.open({});
    await expect(sessions.commit(session.set('a', 1), first)).rejects.toThrow(
      withCode('store-failed'),
    );
    expect(() => session.set('b', 1)).toThrow(withCode('commit-failed'));
    await expect(sessions.commit(session)).rejects.toThrow(withCode('store-failed'));
  });

  test('cookies are whole in both as well', async () => {
    const sessions = createSessions<Data>({ store: memoryStore({ warn: false }) });
    const session = await sessions.open({}, { secure: true });
    const before = await sessions.commit(session.set('a', 1), first);
    const after = await sessions.commit(session.set('b', 1));
    expect([setCookies(after), after.cookies]).toEqual([setCookies(before), before.cookies]);
    expect(after.cookies).toHaveLength(1);
  });
});

describe('an answer in the same tick', () => {
  test('is there when nothing is to be stored, with the headers of a commit', async () => {
    const { sessions, visit, open } = visits<Data>();
    const token = await visit('', (session) => session.set('a', 1));
    const [now, later] = [await open(token), await open(token)];
    now.get('a');
    later.get('a');
    expect(sessions.answerNow(now)).toEqual(await sessions.commit(later));
    expect([now.outcome, sessions.answerNow(await open(token))]).toEqual([
      'unchanged',
      { headers: [], cookies: [] },
    ]);
  });

  test('ends the time for changes', async () => {
    const { sessions, visit, open } = visits<Data>();
    const session = await open(await visit('', (known) => known.set('a', 1)));
    sessions.answerNow(session);
    expect(() => session.set('a', 2)).toThrow(withCode('too-late'));
  });

  test('is not there while something is to be stored, and the session stays writable', async () => {
    const { sessions, visit, open, clock } = visits<Data>({ rotateAfter: '10m' });
    const token = await visit('', (session) => session.set('a', 1));
    const changed = await open(token);
    expect(sessions.answerNow(changed.set('a', 2))).toBeUndefined();
    changed.set('b', 3);
    await sessions.commit(changed);
    const fresh = await sessions.open({});
    expect(sessions.answerNow(fresh.set('a', 1))).toBeUndefined();
    const touched = await open(token);
    expect(sessions.answerNow(touched.touch())).toBeUndefined();
    const working = await open(token);
    const turn = working.reload();
    expect(sessions.answerNow(working)).toBeUndefined();
    await turn;
    expect(sessions.answerNow(working)).toBeDefined();
    clock.advance('2m');
    expect(sessions.answerNow(await open(token))).toBeUndefined();
    clock.advance('9m');
    expect(sessions.answerNow(await open(token))).toBeUndefined();
  });

  test('is there after a login that was awaited, with its token', async () => {
    const { sessions, open } = visits<Data>();
    const session = await sessions.open({});
    await session.login('ada');
    const answer = sessions.answerNow(session);
    const token = (answer && sentToken(answer)) ?? '';
    expect((await open(token)).userId).toBe('ada');
  });

  test('is not there after a failure: the commit says it', async () => {
    const { sessions, visit, open } = visits<Data>({}, planned({ update: ['down'] }));
    const token = await visit('', (session) => session.set('a', 1));
    const session = await open(token);
    await session
      .set('a', 2)
      .save()
      .catch(() => undefined);
    expect(sessions.answerNow(session)).toBeUndefined();
    await expect(sessions.commit(session)).rejects.toThrow(withCode('store-failed'));
  });
});

describe('the cookies of an answer are its Set-Cookie headers', () => {
  test.for([
    {},
    { persistent: true },
    { sameSite: 'strict', path: '/app' },
    { domain: 'example.com', name: 'shop' },
    { secure: 'auto' },
  ] as const)('with %j', async (cookie) => {
    const sessions = createSessions<Data>({ store: memoryStore({ warn: false }), cookie });
    const connection = { secure: true, url: 'https://www.example.com/' };
    const visitor = new Visitor(sessions);
    const open = () => sessions.open({ cookie: visitor.cookie }, connection);
    for (const step of ['begin', 'login', 'logout'] as const) {
      const session = await open();
      if (step === 'begin') session.set('a', 1);
      if (step === 'login') await session.login('ada');
      if (step === 'logout') await session.logout();
      const answer = await visitor.answer(session).then(() => sessions.commit(session));
      expect(answer.cookies).toHaveLength(1);
      const texts = answer.cookies.map(({ name, value, attributes }) => {
        const { path, domain, httpOnly, secure, sameSite, maxAge, expires } = attributes;
        const same = { lax: 'Lax', strict: 'Strict', none: 'None' }[sameSite];
        return new Set([
          `${name}=${value}`,
          `Path=${path}`,
          `SameSite=${same}`,
          ...(domain === undefined ? [] : [`Domain=${domain}`]),
          ...(httpOnly ? ['HttpOnly'] : []),
          ...(secure ? ['Secure'] : []),
          ...(maxAge === undefined ? [] : [`Max-Age=${maxAge}`]),
          ...(expires === undefined ? [] : [`Expires=${expires.toUTCString()}`]),
        ]);
      });
      expect(setCookies(answer).map((text) => new Set(text.split('; ')))).toEqual(texts);
    }
  });
});
