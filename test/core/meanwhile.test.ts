import { describe, expect, test } from 'vitest';
import type { SessionOptions } from '../../src/core/options.js';
import type { SessionStore } from '../../src/stores/contract.js';
import { planned } from './lossy-store.js';
import { sentToken, type Visits, visits } from './visits.js';

type Verb = 'read' | 'update';

/** Visits whose store lets something else happen just before a call of it goes out. */
function interruptible(options: Partial<SessionOptions> = {}) {
  const tasks: { verb: Verb; skip: number; task: () => Promise<unknown> }[] = [];
  async function interrupt(verb: Verb): Promise<void> {
    const [next] = tasks;
    if (next?.verb !== verb || next.skip-- > 0) return;
    tasks.shift();
    await next.task();
  }
  const wrap = (store: SessionStore): SessionStore => ({
    ...store,
    read: (id) => interrupt('read').then(() => store.read(id)),
    update: (id, record, version) =>
      interrupt('update').then(() => store.update(id, record, version)),
  });
  return {
    ...visits<Record<string, unknown>>(options, wrap),
    /** Does `task` before the next call of a verb, or before one after that. */
    meanwhile(verb: Verb, task: () => Promise<unknown>, skip = 0): void {
      tasks.push({ verb, skip, task });
    },
  };
}

type AnyVisits = Visits<Record<string, unknown>>;
type AnySession = Awaited<ReturnType<AnyVisits['open']>>;

/** A request to the other server: one of the same would stand in line behind the interrupted one. */
async function visitOther(
  { open, other }: AnyVisits,
  token: string,
  handler: (session: AnySession) => unknown,
): Promise<string> {
  const session = await open(token, other);
  await handler(session);
  return sentToken(await other.commit(session)) ?? token;
}

function logIn(all: AnyVisits, user: string, token = ''): Promise<string> {
  return visitOther(all, token, (session) => session.login(user));
}

describe('a verb from outside, and a request that moves the session meanwhile', () => {
  test.each(['login', 'regenerate'] as const)(
    'change reaches the session over a %s',
    async (verb) => {
      const all = interruptible();
      const { meanwhile, sessions, open, found } = all;
      const token = await logIn(all, 'ada');
      const { id } = await open(token);
      let moved = '';
      meanwhile('update', async () => {
        moved = await visitOther(all, token, (session) =>
          verb === 'login' ? session.login('ada') : session.regenerate(),
        );
      });
      expect(await sessions.change(id, (session) => session.increment('n'))).toBe('updated');
      expect(await found(moved)).toEqual({ n: 1 });
    },
  );

  test('change does not reach another user who takes the device over', async () => {
    const all = interruptible();
    const { meanwhile, sessions, open, found } = all;
    const token = await logIn(all, 'ada');
    const { id } = await open(token);
    let bob = '';
    meanwhile('update', async () => {
      bob = await logIn(all, 'bob', token);
    });
    expect(await sessions.change(id, (session) => session.set('plan', 'pro'))).toBe('gone');
    expect(await found(bob)).toEqual({});
  });

  test('destroyUser leaves the session of another user alone who takes the device over', async () => {
    const all = interruptible();
    const { meanwhile, sessions, found } = all;
    const token = await logIn(all, 'ada');
    let bob = '';
    meanwhile('read', async () => {
      bob = await logIn(all, 'bob', token);
    });
    await sessions.destroyUser('ada');
    expect(await found(bob)).toEqual({});
  });

  test('changeUser changes a session once', async () => {
    const all = interruptible();
    const { meanwhile, other, visit, found } = all;
    const token = await logIn(all, 'ada');
    let changed = 0;
    meanwhile('update', async () => {
      changed = await other.changeUser('ada', (session) => session.increment('n'));
    });
    const moved = await visit(token, (session) => session.regenerate());
    expect(changed).toBe(1);
    expect(await found(moved)).toEqual({ n: 1 });
  });
});

test('a login as another user drops the data also when the session has gone meanwhile', async () => {
  const { open, visit, commit, found } = visits();
  const token = await visit('', async (session) => {
    await session.login('ada');
    session.set('address', 'of ada');
  });
  const session = await open(token);
  await visit(token, (other) => other.logout());
  session.set('seen', true);
  expect(await session.save()).toBe('gone');
  await session.login('bob');
  expect(await found(await commit(session))).toEqual({});
});

describe('S-15 renewals, and what happens meanwhile', () => {
  const RENEWALS = { rotateAfter: '15m' } as const;

  test('a touch follows a session whose token another request renews', async () => {
    const { clock, open, other, visit, commit, found } = visits(RENEWALS);
    const token = await visit('', (session) => session.set('n', 1));
    clock.advance('20m');
    const session = await open(token);
    await commit(await open(token, other));
    expect(await session.touch().save()).toBe('touched');
    session.set('late', true);
    await commit(session);
    expect(await found(token)).toEqual({ n: 1, late: true });
  });

  test('a renewal whose reply was lost does not count its changes twice', async () => {
    const plan = { update: [] as 'lost'[] };
    const { clock, visit, found } = visits(RENEWALS, planned(plan));
    const token = await visit('', (session) => session.set('n', 1));
    clock.advance('20m');
    plan.update.push('lost');
    await visit(token, (session) => session.increment('n'));
    expect(await found(token)).toEqual({ n: 2 });
  });

  test('a session that was ended right after its renewal leaves its trace', async () => {
    const { clock, meanwhile, other, open, visit, store, found } = interruptible(RENEWALS);
    const token = await visit('', (session) => session.set('n', 1));
    const { id } = await open(token);
    clock.advance('20m');
    const { update } = store;
    // The trace is stored twice, as by a client library whose reply was lost.
    meanwhile('update', async () => {
      store.update = async (...call) => {
        store.update = update;
        await update.apply(store, call);
        await other.destroy(id);
        return update.apply(store, call);
      };
    });
    await visit(token, () => undefined);
    const late = await open(token, other);
    expect(late.outcome).toBe('gone');
    expect(await found(token)).toBeUndefined();
  });

  test('a renewal keeps what another request stored before it was confirmed', async () => {
    const { clock, meanwhile, other, open, visit, found } = interruptible(RENEWALS);
    const token = await visit('', (session) => session.set('n', 1));
    clock.advance('20m');
    meanwhile(
      'update',
      async () => {
        const session = await open(token, other);
        session.increment('n');
        await other.commit(session);
      },
      1,
    );
    const renewed = await visit(token, (session) => session.increment('n'));
    expect(renewed).not.toBe(token);
    expect(await found(renewed)).toEqual({ n: 3 });
    await visit(renewed, (session) => session.set('after', true));
    expect(await found(renewed)).toEqual({ n: 3, after: true });
  });

  test('a change from outside is no use of a token whose answer was lost', async () => {
    const { clock, sessions, visit, found } = visits(RENEWALS);
    const token = await visit('', (session) => session.login('ada'));
    clock.advance('20m');
    await visit(token, () => undefined);
    expect(await sessions.changeUser('ada', (session) => session.set('plan', 'pro'))).toBe(1);
    clock.advance('20m');
    expect(await found(token)).toEqual({ plan: 'pro' });
  });

  test('a token that was renewed twice is a replay once the newest was used', async () => {
    const { clock, visit, found } = visits(RENEWALS);
    const first = await visit('', (session) => session.set('n', 1));
    clock.advance('20m');
    await visit(first, () => undefined);
    clock.advance('20m');
    const newest = await visit(first, () => undefined);
    expect(newest).not.toBe(first);
    await visit(newest, () => undefined);
    clock.advance('40s');
    expect(await found(first)).toBeUndefined();
    expect(await found(newest)).toBeUndefined();
  });
});

describe('a logout, and a request that moves the session meanwhile', () => {
  test('ends the session that another request regenerates', async () => {
    const all = interruptible();
    const { meanwhile, visit, found } = all;
    const token = await logIn(all, 'ada');
    let moved = '';
    meanwhile('update', async () => {
      moved = await visitOther(all, token, (session) => session.regenerate());
    });
    await visit(token, async (session) => {
      expect(await session.logout()).toBe('destroyed');
    });
    expect(moved).not.toBe(token);
    expect(await found(moved)).toBeUndefined();
  });

  test('does not undo a login', async () => {
    const all = interruptible();
    const { meanwhile, visit, found } = all;
    const token = await visit('', (session) => session.set('n', 1));
    let moved = '';
    meanwhile('update', async () => {
      moved = await logIn(all, 'ada', token);
    });
    await visit(token, async (session) => {
      expect(await session.logout()).toBe('gone');
    });
    expect(await found(moved)).toEqual({ n: 1 });
  });
});
