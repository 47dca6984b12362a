import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { cookieSessions, createSessions, type Session } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { setCookies, Visitor } from '../visitor.js';
import { sentToken, visits } from './visits.js';

interface Data {
  views: number;
  list: string[];
  user: { name: string };
  message: string;
}

const withCode = (code: string): unknown => expect.objectContaining({ code });

/** The writes of a store, by verb. */
function watched() {
  const writes: string[] = [];
  const server = visits<Data>({ idleTimeout: '1h', rotateAfter: '10m' }, (store) => {
    const noted = <Call extends unknown[], Result>(
      verb: string,
      write: (...parameters: Call) => Result,
    ) => {
      return (...parameters: Call): Result => {
        writes.push(verb);
        return write(...parameters);
      };
    };
    return {
      ...store,
      create: noted('create', store.create),
      update: noted('update', store.update),
      touch: noted('touch', store.touch),
      destroy: noted('destroy', store.destroy),
    };
  });
  return { ...server, writes };
}

describe('a session that was opened for reading', () => {
  const readOnly = { readOnly: true };

  test('gives the data, and stores and sends nothing: no touch, no renewal, no cookie', async () => {
    const { visit, sessions, clock, writes } = watched();
    const token = await visit('', (session) => session.set('views', 1));
    const { expiresAt } = await sessions.open({ 'x-session': token }, {}, readOnly);
    writes.splice(0);
    clock.advance('30m');
    const session = await sessions.open({ 'x-session': token }, {}, readOnly);
    expect([session.get('views'), session.isReadOnly, session.isNew]).toEqual([1, true, false]);
    expect(sessions.answerNow(session)).toBeDefined();
    const answer = await sessions.commit(session);
    expect([sentToken(answer), answer.cookies, session.outcome, writes]).toEqual([
      undefined,
      [],
      'unchanged',
      [],
    ]);
    expect(session.expiresAt).toBe(expiresAt);
    clock.advance('31m');
    expect((await sessions.open({ 'x-session': token })).isNew).toBe(true);
  });

  const writes: [string, (session: Session<Data>) => unknown][] = [
    ['set', (session) => session.set('views', 2)],
    ['update', (session) => session.update('views', () => 2)],
    ['delete', (session) => session.delete('views')],
    ['pull', (session) => session.pull('views')],
    ['clear', (session) => session.clear()],
    ['push', (session) => session.push('list', 'b')],
    ['increment', (session) => session.increment('views')],
    ['decrement', (session) => session.decrement('views')],
    ['flash', (session) => session.flash('message', 'x')],
    ['keep', (session) => session.keep(['message'])],
    ['reflash', (session) => session.reflash()],
    ['touch', (session) => session.touch()],
    ['prove', (session) => session.prove()],
    ['save', (session) => session.save()],
    ['reload', (session) => session.reload()],
    ['login', (session) => session.login('ada')],
    ['regenerate', (session) => session.regenerate()],
    ['logout', (session) => session.logout()],
    ['invalidate', (session) => session.invalidate()],
    ['destroy', (session) => session.destroy()],
  ];

  test.for(writes)('refuses %s', async ([, write]) => {
    for (const start of [true, false]) {
      const { visit, sessions, found } = visits<Data>();
      const token = start ? await visit('', (session) => session.set('views', 1)) : '';
      const session = await sessions.open({ 'x-session': token }, {}, readOnly);
      await expect((async () => write(session))()).rejects.toThrow(withCode('read-only'));
      expect(await found(token)).toEqual(start ? { views: 1 } : undefined);
    }
  });

  test('says what to do instead, when the caller knows it', async () => {
    const { sessions } = visits<Data>();
    const session = await sessions.open({}, {}, { readOnly: 'Change it in a form.' });
    expect(() => session.set('views', 1)).toThrow(
      'The session was opened for reading. Change it in a form.',
    );
    expect(sessions.answerNow(session)?.cookies).toEqual([]);
  });

  test('hands out values that cannot be changed', async () => {
    const { visit, sessions, found } = visits<Data>();
    const token = await visit('', (session) =>
      session.set('list', ['a']).set('user', { name: 'Ada' }),
    );
    const session = await sessions.open({ 'x-session': token }, {}, readOnly);
    expect(() => session.get('list')?.push('b')).toThrow(TypeError);
    expect(() => Object.assign(session.get('user') ?? {}, { name: 'Eve' })).toThrow(TypeError);
    expect(() => session.all().list?.push('b')).toThrow(TypeError);
    expect(() => session.only(['list']).list?.push('b')).toThrow(TypeError);
    expect(() => session.toJSON().data.list?.push('b')).toThrow(TypeError);
    expect(session.get('list')).toEqual(['a']);
    await sessions.commit(session);
    expect(await found(token)).toEqual({ list: ['a'], user: { name: 'Ada' } });
  });

  test('shows values that pass, for the page itself', async () => {
    const { sessions } = visits<Data>();
    const session = await sessions.open({}, {}, readOnly);
    expect(session.now('message', 'here').get('message')).toBe('here');
  });

  test('sends no cookie of a sealed session, also one of an older secret', async () => {
    const [old, next] = [randomBytes(32), randomBytes(32)].map((bytes) => bytes.toString('hex'));
    const store = cookieSessions();
    const visitor = new Visitor(createSessions<Data>({ store, secret: old }));
    await visitor.visit((session) => session.set('views', 1));
    const sessions = createSessions<Data>({ store, secret: [next ?? '', old ?? ''] });
    const secure = { secure: true };
    const session = await sessions.open({ cookie: visitor.cookie }, secure, readOnly);
    expect([session.get('views'), setCookies(await sessions.commit(session))]).toEqual([1, []]);
  });

  test('sees what is stored when it opens, also in the middle of a request', async () => {
    const { visit, sessions } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1));
    const outer = await sessions.open({ 'x-session': token });
    outer.set('views', 2);
    await sessions.run(outer, async () => {
      const page = await sessions.open({ 'x-session': token }, {}, readOnly);
      expect([page.get('views'), page.isReadOnly]).toEqual([1, true]);
    });
  });
});

describe('a request that is no use of its session', () => {
  const isUse = { isUse: false };

  test('lets the idle clock run on: no touch, no renewal, no cookie', async () => {
    const { visit, sessions, clock, writes } = watched();
    const token = await visit('', (session) => session.set('views', 1));
    writes.splice(0);
    for (let poll = 0; poll < 6; poll++) {
      clock.advance('10m');
      const session = await sessions.open({ 'x-session': token }, {}, isUse);
      expect(session.get('views')).toBe(1);
      expect(sentToken(await sessions.commit(session))).toBeUndefined();
    }
    expect(writes).toEqual([]);
    clock.advance('2m');
    expect((await sessions.open({ 'x-session': token }, {}, isUse)).isNew).toBe(true);
  });

  test('may change it: the change is stored, and the deadline stays', async () => {
    const { visit, sessions, clock, found } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1));
    const { expiresAt } = await sessions.open({ 'x-session': token });
    clock.advance('30m');
    const session = await sessions.open({ 'x-session': token }, {}, isUse);
    session.increment('views');
    await sessions.commit(session);
    expect([session.outcome, await found(token)]).toEqual(['updated', { views: 2 }]);
    expect((await sessions.open({ 'x-session': token })).expiresAt).toBe(expiresAt);
  });

  test('may log in', async () => {
    const { visit, sessions, open } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1));
    const session = await sessions.open({ 'x-session': token }, {}, isUse);
    await session.login('ada');
    const next = sentToken(await sessions.commit(session)) ?? '';
    expect((await open(next)).userId).toBe('ada');
  });
});

describe('the URL of a connection', () => {
  const sessions = () => createSessions<Data>({ store: memoryStore({ warn: false }) });

  test.for([
    'http://localhost/',
    'http://localhost:3000/a?b',
    'http://app.localhost:5173/',
    'http://127.0.0.1:8080/',
    'http://[::1]/',
    'https://shop.example/',
  ])('%s gets a Secure cookie without a Host header', async (url) => {
    const server = sessions();
    const session = await server.open(new Headers(), { url });
    await session.set('views', 1);
    expect(setCookies(await server.commit(session))).toEqual([expect.stringContaining('; Secure')]);
  });

  test.for(['http://shop.example/', 'http://localhost.evil.example/', '/only/a/path', 'nonsense'])(
    '%s gets none',
    async (url) => {
      const server = sessions();
      const reasons: string[] = [];
      server.on('refused', ({ reason }) => reasons.push(reason));
      const session = await server.open(new Headers(), { url });
      session.set('views', 1);
      expect(setCookies(await server.commit(session))).toEqual([]);
      expect([session.outcome, reasons.length]).toEqual(['refused', 1]);
    },
  );

  test('a Host header says more than the URL', async () => {
    const server = sessions();
    const session = await server.open({ host: 'shop.example' }, { url: 'http://localhost/' });
    session.set('views', 1);
    expect(setCookies(await server.commit(session))).toEqual([]);
  });
});
