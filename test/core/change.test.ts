import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { cookieSessions, createSessions, type SessionStore } from '../../src/index.js';
import { planned } from './lossy-store.js';
import { visits } from './visits.js';

interface Data {
  views: number;
  plan: string;
  list: string[];
  message: string;
}

const withCode = (code: string): unknown => expect.objectContaining({ code });

describe('change', () => {
  test('changes a session that no request is using, and says so', async () => {
    const { visit, found, open, sessions } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1));
    const { id } = await open(token);
    const outcome = await sessions.change(id, async (session) => {
      expect([session.id, session.get('views'), session.isNew]).toEqual([id, 1, false]);
      await Promise.resolve();
      session.set('plan', 'pro').increment('views');
    });
    expect([outcome, await found(token)]).toEqual(['updated', { views: 2, plan: 'pro' }]);
    expect(await sessions.change(id, () => undefined)).toBe('unchanged');
  });

  test('no effect of a request that runs meanwhile is lost, whoever stores last', async () => {
    for (const requestFirst of [true, false]) {
      const { visit, found, open, sessions, other } = visits<Data>();
      const token = await visit('', (session) => session.set('views', 0).set('list', []));
      const request = await open(token);
      request.increment('views');
      request.push('list', 'request');
      await other.change(request.id, async (session) => {
        session.increment('views');
        session.push('list', 'outside').set('plan', 'pro');
        if (requestFirst) await sessions.commit(request);
      });
      if (!requestFirst) await sessions.commit(request);
      expect(await found(token)).toEqual({
        views: 2,
        plan: 'pro',
        list: expect.arrayContaining(['request', 'outside']),
      });
    }
  });

  test.for(['login', 'regenerate'] as const)(
    'reaches a session that a %s moves meanwhile, and its new id',
    async (verb) => {
      const { visit, found, open, commit, sessions, other } = visits<Data>();
      const token = await visit('', (session) => session.set('views', 1));
      const request = await open(token);
      const { id } = request;
      const outcome = await other.change(id, async (session) => {
        session.set('plan', 'pro');
        await (verb === 'login' ? request.login('ada') : request.regenerate());
      });
      const moved = await commit(request);
      expect([outcome, await found(moved)]).toEqual(['updated', { views: 1, plan: 'pro' }]);
      expect(await sessions.change(id, (session) => session.increment('views'))).toBe('updated');
      expect(await found(moved)).toEqual({ views: 2, plan: 'pro' });
    },
  );

  test('does not prolong the life of a token that a login replaced', async () => {
    const { visit, open, store, clock, sessions, other } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1));
    const request = await open(token);
    const { id } = request;
    await other.change(id, async (session) => {
      session.set('plan', 'pro');
      await request.login('ada');
    });
    await sessions.commit(request);
    clock.advance('31s');
    expect(await store.read(id)).toBeUndefined();
  });

  test('does not count as use: the idle clock, the cookie and the client facts stay', async () => {
    const { visit, open, sessions, clock } = visits<Data>({ clientFacts: true });
    const token = await visit('', (session) => session.set('views', 1));
    const { id, expiresAt } = await open(token);
    clock.advance('1h');
    await sessions.change(id, (session) => session.set('views', 2).touch());
    expect((await open(token)).expiresAt).toBe(expiresAt);
    expect(await sessions.read(id)).toMatchObject({ touchedAt: clock.now() - 3_600_000 });
  });

  test('leaves flash for the request that is to show it', async () => {
    for (const flash of ['read', 'next'] as const) {
      const { visit, open, sessions } = visits<Data>({ flash });
      const token = await visit('', (session) => session.flash('message', 'added'));
      const { id } = await open(token);
      await sessions.change(id, (session) => {
        expect(session.get('message')).toBe('added');
        session.set('plan', 'pro');
      });
      await visit(token, (session) => expect(session.get('message')).toBe('added'));
      expect((await open(token)).has('message')).toBe(false);
    }
  });

  test('may flash a message for the next request', async () => {
    const { visit, open, sessions } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1));
    await sessions.change((await open(token)).id, (session) =>
      session.flash('message', 'Your order left'),
    );
    await visit(token, (session) => expect(session.get('message')).toBe('Your order left'));
    expect((await open(token)).has('message')).toBe(false);
  });

  test('is gone for a session that ended, expired, or never was', async () => {
    const { visit, open, sessions, clock } = visits<Data>();
    const never = (): never => {
      throw new Error('There is no session to change.');
    };
    expect(await sessions.change('never', never)).toBe('gone');
    const [ended, expired] = [
      await visit('', (session) => session.set('views', 1)),
      await visit('', (session) => session.set('views', 1)),
    ];
    const { id } = await open(ended);
    const late = (await open(expired)).id;
    await visit(ended, (session) => session.logout());
    expect(await sessions.change(id, never)).toBe('gone');
    clock.advance('3h');
    expect(await sessions.change(late, never)).toBe('gone');
  });

  test('is gone when the session ends while it runs', async () => {
    const { visit, open, sessions } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1));
    const outcome = await sessions.change((await open(token)).id, async (session) => {
      session.set('plan', 'pro');
      await visit(token, (request) => request.logout());
    });
    expect([outcome, await sessions.count()]).toEqual(['gone', 0]);
  });

  test('may end the session', async () => {
    const { visit, found, open, sessions } = visits<Data>();
    for (const verb of ['logout', 'invalidate', 'destroy'] as const) {
      const token = await visit('', (session) => session.set('views', 1));
      const { id } = await open(token);
      expect(await sessions.change(id, (session) => session[verb]())).toBe('destroyed');
      expect(await found(token)).toBeUndefined();
    }
  });

  test.for(['login', 'regenerate'] as const)('refuses %s: nobody gets the token', async (verb) => {
    const { visit, found, open, sessions } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1));
    const { id } = await open(token);
    const refused = sessions.change(id, async (session) => {
      session.set('plan', 'pro');
      await (verb === 'login' ? session.login('ada') : session.regenerate());
    });
    await expect(refused).rejects.toThrow(withCode('invalid-option'));
    // Also when nobody awaits the verb.
    const unseen = sessions.change(id, (session) => {
      session[verb]('ada').catch(() => undefined);
    });
    await expect(unseen).rejects.toThrow(withCode('invalid-option'));
    expect([(await open(token)).id, await found(token)]).toEqual([id, { views: 1 }]);
  });

  test('an error of the task is given back, and nothing is stored', async () => {
    const { visit, found, open, sessions } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1));
    const failed = sessions.change((await open(token)).id, (session) => {
      session.set('views', 2);
      throw new RangeError('mine');
    });
    await expect(failed).rejects.toThrow(RangeError);
    expect(await found(token)).toEqual({ views: 1 });
  });

  test('a value that cannot be stored is an error', async () => {
    const { visit, open, sessions } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1));
    const change = sessions.change((await open(token)).id, (session) =>
      session.set('views', 3n as never),
    );
    await expect(change).rejects.toThrow(withCode('invalid-value'));
  });

  test('a lost reply does not count twice', async () => {
    const plan = { update: [] as ('resent' | 'none')[] };
    const { visit, found, open, sessions } = visits<Data>({}, planned(plan));
    const token = await visit('', (session) => session.set('views', 1));
    plan.update.push('resent');
    await sessions.change((await open(token)).id, (session) => void session.increment('views'));
    expect(await found(token)).toEqual({ views: 2 });
  });

  test('a record that cannot be read is an error, and is left alone', async () => {
    const { visit, open, sessions, store } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1));
    const { id } = await open(token);
    const stored = await store.read(id);
    if (stored === undefined) throw new Error('the session is not stored');
    await store.update(id, { ...stored.record, data: 'damaged' }, stored.version);
    await expect(sessions.change(id, (session) => session.clear())).rejects.toThrow(
      withCode('invalid-record'),
    );
    expect((await store.read(id))?.record.data).toBe('damaged');
  });

  test('a store that fails is an error', async () => {
    const { visit, open, sessions } = visits<Data>({}, (store) => ({
      ...store,
      update: () => Promise.reject(new Error('down')),
    }));
    const token = await visit('', (session) => session.set('views', 1));
    const { id } = await open(token);
    await expect(sessions.change(id, (session) => session.clear())).rejects.toThrow(
      withCode('store-failed'),
    );
  });

  test('sealed sessions cannot be reached', async () => {
    const sessions = createSessions({
      store: cookieSessions(),
      secret: randomBytes(32).toString('base64url'),
    });
    for (const verb of ['change', 'changeUser'] as const)
      await expect(sessions[verb]('x', () => undefined)).rejects.toThrow(withCode('unsupported'));
  });
});

describe('changeUser', () => {
  test('changes every session of the user once, and no other', async () => {
    const { visit, found, sessions } = visits<Data>();
    const tokens: string[] = [];
    for (const user of ['ada', 'ada', 'ada', 'bob'])
      tokens.push(await visit('', (session) => session.login(user)));
    const changed = await sessions.changeUser('ada', (session) => void session.increment('views'));
    expect([changed, await Promise.all(tokens.map(found))]).toEqual([
      3,
      [{ views: 1 }, { views: 1 }, { views: 1 }, {}],
    ]);
    expect(await sessions.changeUser('nobody', () => undefined)).toBe(0);
  });

  test('counts the sessions that it changed', async () => {
    const { visit, sessions } = visits<Data>();
    for (const views of [1, 2, 3])
      await visit('', async (session) => {
        await session.login('ada');
        session.set('views', views);
      });
    const changed = await sessions.changeUser('ada', (session) => {
      if (session.get('views', 0) > 1) session.set('plan', 'pro');
    });
    expect(changed).toBe(2);
  });

  /** Pages of one entry each: sessions move between the pages. */
  const inSmallPages = (store: SessionStore): SessionStore => ({
    ...store,
    async byUser(userId, { after }) {
      const { entries = [] } = (await store.byUser?.(userId, { limit: 100 })) ?? {};
      const ids = entries.map(({ id }) => id).sort();
      const next = ids.find((id) => after === undefined || id > after);
      return {
        entries: entries.filter(({ id }) => id === next),
        next: next === ids.at(-1) ? undefined : next,
      };
    },
  });

  test('finds sessions that move while it runs, and changes none twice', async () => {
    for (let round = 0; round < 30; round++) {
      const { open, visit, sessions, other } = visits<Data>({}, inSmallPages);
      const tokens: string[] = [];
      for (let device = 0; device < 4; device++)
        tokens.push(await visit('', (session) => session.login('ada')));
      const requests = await Promise.all(tokens.map((token) => open(token, other)));
      let turn = 0;
      const changed = await sessions.changeUser('ada', async (session) => {
        await requests[turn++]?.regenerate();
        session.increment('views');
      });
      const left = await sessions.ofUser('ada');
      expect([changed, left.map(({ data }) => data.views)]).toEqual([4, [1, 1, 1, 1]]);
    }
  });

  test('one record that cannot be read does not keep it from the others', async () => {
    const { visit, open, sessions, store } = visits<Data>();
    const ids: string[] = [];
    for (let device = 0; device < 3; device++) {
      const token = await visit('', (session) => session.login('ada'));
      ids.push((await open(token)).id);
    }
    const stored = await store.read(ids[1] ?? '');
    if (stored === undefined) throw new Error('the session is not stored');
    await store.update(ids[1] ?? '', { ...stored.record, data: 'damaged' }, stored.version);
    expect(await sessions.changeUser('ada', (session) => session.set('plan', 'pro'))).toBe(2);
  });
});
