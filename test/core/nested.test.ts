import { describe, expect, test } from 'vitest';
import { type Session, type Sessions, session } from '../../src/index.js';
import { sentToken, visits } from './visits.js';

interface Data {
  outer: number;
  inner: number;
  views: number;
}

const withCode = (code: string): unknown => expect.objectContaining({ code });

/** A request inside another's, as an adapter runs it; gives its answer. */
async function nested(
  sessions: Sessions<Data>,
  token: string,
  handler: (session: Session<Data>) => unknown,
) {
  const inner = await sessions.open({ 'x-session': token });
  await sessions.run(inner, () => handler(inner));
  return sessions.answerNow(inner) ?? sessions.commit(inner);
}

describe('a session that is opened again inside its request', () => {
  test('is the same session: both see and store the changes of both', async () => {
    const { sessions, visit, found } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1));
    const outer = await sessions.open({ 'x-session': token });
    await sessions.run(outer, async () => {
      outer.set('outer', 1);
      await nested(sessions, token, (inner) => {
        expect([inner.id, inner.handle, inner.get('outer')]).toEqual([outer.id, outer.handle, 1]);
        inner.set('inner', 2).increment('views');
      });
      expect(outer.get('inner')).toBe(2);
      outer.increment('views');
    });
    await sessions.commit(outer);
    expect(await found(token)).toEqual({ views: 3, outer: 1, inner: 2 });
  });

  test('is stored when the inner request is answered, before the outer one is', async () => {
    const { sessions, visit, found } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1));
    const outer = await sessions.open({ 'x-session': token });
    await sessions.run(outer, () => nested(sessions, token, (inner) => inner.set('inner', 2)));
    expect(await found(token)).toEqual({ views: 1, inner: 2 });
    outer.set('outer', 1);
    await sessions.commit(outer);
    expect([outer.outcome, await found(token)]).toEqual([
      'updated',
      { views: 1, inner: 2, outer: 1 },
    ]);
  });

  test.for(['', 'known'])('gives one token, in the outer answer (%j)', async (start) => {
    const { sessions, visit, open, store } = visits<Data>();
    const token = start === '' ? '' : await visit('', (session) => session.set('views', 1));
    const outer = await sessions.open({ 'x-session': token });
    await sessions.run(outer, async () => {
      const answers = await Promise.all([
        nested(sessions, token, (inner) => inner.login('ada')),
        nested(sessions, token, (inner) => inner.set('inner', 1)),
        nested(sessions, token, () => undefined),
      ]);
      for (const { headers, cookies } of answers) expect([headers, cookies]).toEqual([[], []]);
      outer.set('outer', 1);
    });
    const next = sentToken(await sessions.commit(outer)) ?? '';
    const later = await open(next);
    expect([later.userId, later.get('inner'), later.get('outer')]).toEqual(['ada', 1, 1]);
    expect(await store.count?.()).toBe(1);
  });

  test('of a new visitor, answered at the same time: one session is stored', async () => {
    const { sessions, open, store } = visits<Data>();
    const outer = await sessions.open({});
    await sessions.run(outer, () =>
      Promise.all([
        nested(sessions, '', (inner) => inner.increment('views')),
        nested(sessions, '', (inner) => inner.increment('views')),
        nested(sessions, '', (inner) => inner.set('inner', 1)),
      ]),
    );
    const next = sentToken(await sessions.commit(outer)) ?? '';
    const later = await open(next);
    expect([later.get('views'), later.get('inner'), await store.count?.()]).toEqual([2, 1, 1]);
  });

  test('a request inside a request inside a request is the same as well', async () => {
    const { sessions, found } = visits<Data>();
    const outer = await sessions.open({});
    await sessions.run(outer, () =>
      nested(sessions, '', async (inner) => {
        inner.set('inner', 1);
        await nested(sessions, '', (innermost) => innermost.increment('inner'));
      }),
    );
    const token = sentToken(await sessions.commit(outer)) ?? '';
    expect(await found(token)).toEqual({ inner: 2 });
  });

  test('a logout of the inner request is one of the outer, and its answer takes the token away', async () => {
    const { sessions, visit, found } = visits<Data>();
    const token = await visit('', (session) => session.login('ada'));
    const outer = await sessions.open({ 'x-session': token });
    await sessions.run(outer, () => nested(sessions, token, (inner) => inner.logout()));
    expect([outer.userId, outer.isNew]).toEqual([undefined, true]);
    expect(sentToken(await sessions.commit(outer))).toBe('');
    expect(await found(token)).toBeUndefined();
  });

  test('a commit that fails inside fails outside too, and nothing more is written', async () => {
    let isDown = false;
    const { sessions, visit, found } = visits<Data>({}, (store) => ({
      ...store,
      update: (...call) => (isDown ? Promise.reject(new Error('down')) : store.update(...call)),
    }));
    const token = await visit('', (session) => session.set('views', 1));
    const outer = await sessions.open({ 'x-session': token });
    await sessions.run(outer, async () => {
      isDown = true;
      await expect(nested(sessions, token, (inner) => inner.set('inner', 1))).rejects.toThrow(
        withCode('store-failed'),
      );
      isDown = false;
      expect(() => outer.set('outer', 1)).toThrow(withCode('commit-failed'));
    });
    await expect(sessions.commit(outer)).rejects.toThrow(withCode('store-failed'));
    expect(await found(token)).toEqual({ views: 1 });
  });

  test('an inner handler that fails leaves the outer request its session', async () => {
    const { sessions, visit, found } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1));
    const outer = await sessions.open({ 'x-session': token });
    await sessions.run(outer, async () => {
      const failing = nested(sessions, token, () => {
        throw new RangeError('mine');
      });
      await expect(failing).rejects.toThrow(RangeError);
      outer.set('outer', 1);
    });
    await sessions.commit(outer);
    expect(await found(token)).toEqual({ views: 1, outer: 1 });
  });

  test('the outer session is writable after the inner answer', async () => {
    const { sessions, visit } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1));
    const outer = await sessions.open({ 'x-session': token });
    await sessions.run(outer, async () => {
      await nested(sessions, token, () => undefined);
      expect(() => outer.set('outer', 1)).not.toThrow();
      await expect(outer.regenerate()).resolves.toBe('regenerated');
    });
  });
});

describe('it is a session of its own', () => {
  test('once the outer response has begun', async () => {
    const { sessions, visit, found } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1));
    const outer = await sessions.open({ 'x-session': token });
    await sessions.run(outer, async () => {
      await sessions.commit(outer.set('outer', 1));
      await nested(sessions, token, (inner) => {
        expect(inner.get('outer')).toBe(1);
        inner.set('inner', 1);
      });
    });
    expect(await found(token)).toEqual({ views: 1, outer: 1, inner: 1 });
  });

  test('for other tokens', async () => {
    const { sessions, visit, found } = visits<Data>();
    const [mine, theirs] = [
      await visit('', (session) => session.set('views', 1)),
      await visit('', (session) => session.set('views', 2)),
    ];
    const outer = await sessions.open({ 'x-session': mine });
    await sessions.run(outer, async () => {
      outer.set('outer', 1);
      await nested(sessions, theirs, (inner) => inner.set('inner', 1));
      await nested(sessions, '', (inner) => expect(inner.get('outer')).toBeUndefined());
    });
    await sessions.commit(outer);
    expect(await Promise.all([mine, theirs].map(found))).toEqual([
      { views: 1, outer: 1 },
      { views: 2, inner: 1 },
    ]);
  });

  test('for other sessions of the process', async () => {
    const { sessions, other, visit } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1));
    const outer = await sessions.open({ 'x-session': token });
    await sessions.run(outer, async () => {
      outer.set('outer', 1);
      const inner = await other.open({ 'x-session': token });
      expect(inner.get('outer')).toBeUndefined();
    });
  });

  test('inside a session that was opened for reading', async () => {
    const { sessions, visit, found } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1));
    const page = await sessions.open({ 'x-session': token }, {}, { readOnly: true });
    await sessions.run(page, () => nested(sessions, token, (inner) => inner.set('inner', 1)));
    expect(await found(token)).toEqual({ views: 1, inner: 1 });
  });
});

describe('the session of the present request', () => {
  test('run and enter name it, current and present give it, asynchronous parts included', async () => {
    const { sessions, other } = visits<Data>();
    const outer = await sessions.open({});
    expect([sessions.present(), other.present()]).toEqual([undefined, undefined]);
    for (const server of [sessions, other])
      expect(() => server.current()).toThrow(withCode('no-session'));
    expect(() => session()).toThrow(withCode('no-session'));
    await sessions.run(outer, async () => {
      await Promise.resolve();
      expect([sessions.present(), sessions.current(), session()]).toEqual([outer, outer, outer]);
      expect(other.present()).toBeUndefined();
      expect(() => other.current()).toThrow(withCode('no-session'));
    });
    expect(sessions.present()).toBeUndefined();
    expect(sessions.run(outer, () => 7)).toBe(7);
  });

  test('enter names it for the rest of an asynchronous context, and nowhere else', async () => {
    const { sessions } = visits<Data>();
    const [one, other] = [await sessions.open({}), await sessions.open({})];
    const request = async (session: Session<Data>): Promise<void> => {
      await Promise.resolve();
      sessions.enter(session);
      await new Promise((resolve) => setImmediate(resolve));
      expect(sessions.current()).toBe(session);
    };
    await Promise.all([request(one), request(other)]);
    expect(sessions.present()).toBeUndefined();
  });

  test('the inner of two is the present one, and afterwards the outer again', async () => {
    const { sessions, other } = visits<Data>();
    const [one, two] = [await sessions.open({}), await other.open({})];
    sessions.run(one, () => {
      other.run(two, () => {
        expect([sessions.current(), other.current(), session()]).toEqual([one, two, two]);
      });
      expect(session()).toBe(one);
    });
  });
});
