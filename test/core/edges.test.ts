import { randomBytes } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { createSessions, type SessionStore } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { setCookies, Visitor } from '../visitor.js';

interface Data {
  a: number;
  b: number;
  note: string;
}

const secret = randomBytes(32).toString('base64url');

/** A store whose updates wait until they are let go. */
function gated(): { store: SessionStore; hold: () => () => void } {
  const inner = memoryStore();
  let gate: Promise<void> = Promise.resolve();
  return {
    store: {
      ...inner,
      update: (id, record, version) => gate.then(() => inner.update(id, record, version as number)),
    },
    hold() {
      let open = (): void => undefined;
      gate = new Promise((resolve) => {
        open = resolve;
      });
      return open;
    },
  };
}

describe('while and after the response is committed', () => {
  test('a change during the commit is not lost without a word', async () => {
    const { store, hold } = gated();
    const visitor = new Visitor(createSessions<Data>({ store }));
    await visitor.visit((session) => session.set('a', 1));
    const session = await visitor.open();
    session.set('a', 2);
    const open = hold();
    const answer = visitor.answer(session);
    await vi.waitFor(() =>
      expect(() => session.set('b', 3)).toThrow(expect.objectContaining({ code: 'too-late' })),
    );
    open();
    await answer;
    expect((await visitor.open()).all()).toEqual({ a: 2 });
  });

  test('a change during save() is stored with the response', async () => {
    const { store, hold } = gated();
    const visitor = new Visitor(createSessions<Data>({ store }));
    await visitor.visit((session) => session.set('a', 1));
    const session = await visitor.open();
    const open = hold();
    session.increment('a');
    const save = session.save();
    session.increment('a').toFixed();
    session.set('b', 3);
    open();
    await save;
    await visitor.answer(session);
    expect((await visitor.open()).all()).toEqual({ a: 3, b: 3 });
  });

  test('regenerate and login are too late once the response cannot carry a token', async () => {
    const visitor = new Visitor(createSessions<Data>({ store: memoryStore() }));
    const { session } = await visitor.visit((session) => session.set('a', 1));
    await expect(session.regenerate()).rejects.toMatchObject({ code: 'too-late' });
    await expect(session.login('alice')).rejects.toMatchObject({ code: 'too-late' });
    expect((await visitor.open()).get('a')).toBe(1);
  });

  test('a commit waits for verbs that nobody awaited, those that follow one another included', async () => {
    const visitor = new Visitor(createSessions<Data>({ store: memoryStore() }));
    await visitor.visit((session) => session.set('a', 1));
    await visitor.visit((session) => {
      void session.login('alice').then(() => session.regenerate());
    });
    expect((await visitor.open()).userId).toBe('alice');
  });
});

describe('a session that another request ended or moved', () => {
  test('CONTRACTS 2.4 a logout that came too late says so, and leaves the other answer its cookie', async () => {
    const sessions = createSessions<Data>({ store: memoryStore() });
    const visitor = new Visitor(sessions);
    await visitor.visit((session) => session.set('a', 1));
    const late = await visitor.clone().open();
    const gone: string[] = [];
    sessions.on('gone', ({ id }) => gone.push(id));
    await visitor.visit((session) => session.login('alice'));
    expect(await late.logout()).toBe('gone');
    expect(setCookies(await sessions.commit(late))).toEqual([]);
    expect(gone).toHaveLength(1);
    expect((await visitor.open()).userId).toBe('alice');
  });

  test('V-03 a login on it begins a session with the data that the request saw', async () => {
    const sessions = createSessions<Data>({ store: memoryStore() });
    const visitor = new Visitor(sessions);
    await visitor.visit((session) => session.set('a', 1));
    const clicked = visitor.clone();
    const late = await clicked.open();
    const { id, handle } = late;
    await visitor.visit((session) => session.logout());
    expect(await late.login('alice')).toBe('created');
    await clicked.answer(late);
    const next = await clicked.open();
    expect([next.userId, next.get('a')]).toEqual(['alice', 1]);
    expect([next.id === id, next.handle === handle]).toEqual([false, false]);
    expect((await visitor.open()).userId).toBeUndefined();
  });

  test('destroy() twice is destroy() once', async () => {
    const sessions = createSessions<Data>({ store: memoryStore() });
    const visitor = new Visitor(sessions);
    await visitor.visit((session) => session.set('a', 1));
    const { session } = await visitor.visit(async (session) => {
      await session.destroy();
      expect(await session.destroy()).toBe('destroyed');
    });
    expect(session.outcome).toBe('destroyed');
  });

  test('F-28 a token of an older secret is not sent anew once its session has moved', async () => {
    const store = memoryStore();
    const next = randomBytes(32).toString('base64url');
    const visitor = new Visitor(createSessions<Data>({ store, secret }));
    await visitor.visit((session) => session.set('a', 1));
    const rotating = createSessions<Data>({ store, secret: [next, secret] });
    const first = new Visitor(rotating, visitor.cookie);
    const late = await first.clone().open();
    await first.visit((session) => session.login('alice'));
    late.get('a');
    expect(setCookies(await rotating.commit(late))).toEqual([]);
  });
});

describe('headers', () => {
  test.each([
    ['id', (session: { id: string }) => session.id],
    ['isNew', (session: { isNew: boolean }) => session.isNew],
    ['createdAt', (session: { createdAt: number }) => session.createdAt],
    ['expiresAt', (session: { expiresAt: number }) => session.expiresAt],
    ['userId', (session: { userId: string | undefined }) => session.userId],
  ])('S-30 a response that depends on %s varies by cookie', async (_name, look) => {
    const sessions = createSessions<Data>({ store: memoryStore() });
    const { headers } = await new Visitor(sessions).visit(look);
    expect(headers).toEqual([['Vary', 'Cookie']]);
    expect((await new Visitor(sessions).visit()).headers).toEqual([]);
  });

  test('an asynchronous listener that fails is a warning and disturbs nobody', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const sessions = createSessions<Data>({ store: memoryStore() });
    sessions.on('created', async () => {
      throw new Error('the mail server is down');
    });
    sessions.on('created', () => {
      throw new Error('a bug');
    });
    await new Visitor(sessions).visit((session) => session.set('a', 1));
    await vi.waitFor(() => expect(warn).toHaveBeenCalledTimes(2));
    expect(warn.mock.calls.map(([message]) => message).join('\n')).toMatch(
      /a bug[\s\S]*mail server/,
    );
    warn.mockRestore();
  });

  test('a forwarded address is kept only when it is one', async () => {
    const sessions = createSessions<Data>({
      store: memoryStore(),
      clientFacts: true,
      trustProxy: true,
    });
    const addressOf = async (forwarded: string): Promise<string | undefined> => {
      const session = await sessions.open(
        { 'x-forwarded-for': forwarded, 'user-agent': 'test' },
        { secure: true, remoteAddress: '10.0.0.1' },
      );
      session.set('a', 1);
      await sessions.commit(session);
      return (await sessions.read(session.id))?.ipAddress;
    };
    expect(await addressOf('203.0.113.9')).toBe('203.0.113.9');
    expect(await addressOf('198.51.100.7, 2001:db8::1')).toBe('2001:db8::1');
    expect(await addressOf('x'.repeat(15_000))).toBe('10.0.0.1');
  });
});

test('flash that was saved and read again in one request is there in the next one', async () => {
  const visitor = new Visitor(createSessions<Data>({ store: memoryStore() }));
  await visitor.visit(async (session) => {
    session.flash('note', 'Saved');
    await session.save();
    await session.reload();
    expect(session.get('note')).toBe('Saved');
  });
  await visitor.visit((session) => expect(session.get('note')).toBe('Saved'));
  await visitor.visit((session) => expect(session.get('note')).toBeUndefined());
});
