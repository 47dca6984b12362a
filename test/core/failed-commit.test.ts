import { describe, expect, test } from 'vitest';
import type { SessionStore } from '../../src/index.js';
import { visits } from './visits.js';

interface Data {
  n: unknown;
  cart: { items: string[] };
  error: string;
}

/** Why a commit fails: the store, another request's data, or the handler's own. */
const REASONS = [
  'store-failed',
  'store-timeout',
  'conflict',
  'invalid-value',
  'too-large',
] as const;

async function failedCommit(code: (typeof REASONS)[number]) {
  let fault: 'fails' | 'stalls' | undefined;
  const wrap = (store: SessionStore): SessionStore => ({
    ...store,
    update(id, record, version) {
      if (fault === 'fails') return Promise.reject(new Error('connection refused'));
      return fault === 'stalls' ? new Promise(() => undefined) : store.update(id, record, version);
    },
  });
  const made = visits<Data>(
    { maxLength: 400, ...(code === 'store-timeout' ? { storeTimeout: 150 } : {}) },
    wrap,
  );
  const { visit, open, other, sessions } = made;
  const token = await visit('', (session) => session.set('n', 0).set('cart', { items: [] }));
  const session = await open(token);
  const cart = session.get('cart');
  session.increment('n');
  if (code === 'store-failed') fault = 'fails';
  if (code === 'store-timeout') fault = 'stalls';
  if (code === 'invalid-value') session.set('n', () => undefined);
  if (code === 'too-large') session.set('error', 'x'.repeat(500));
  if (code === 'conflict') {
    const racer = await open(token, other);
    await other.commit(racer.set('n', 'text'));
  }
  const before = await made.found(token);
  await expect(sessions.commit(session)).rejects.toMatchObject({ code });
  fault = undefined;
  return { ...made, token, session, cart, before };
}

describe.for(REASONS)('CONTRACTS 3.6 after a commit that failed with %s', (code) => {
  test('the error page cannot write: it is told so, and why', async () => {
    const { session } = await failedCommit(code);
    const expected = expect.objectContaining({
      code: 'commit-failed',
      cause: expect.objectContaining({ code }),
    });
    for (const write of [
      () => session.set('error', 'Try again'),
      () => session.flash('error', 'Try again'),
      () => session.increment('n'),
      () => session.push('cart.items', 'tea'),
      () => session.update('n', () => 1),
      () => session.delete('n'),
      () => session.clear(),
      () => session.touch(),
      () => session.prove(),
    ])
      expect(write).toThrow(expected);
    for (const verb of ['save', 'reload', 'regenerate', 'logout', 'invalidate', 'destroy'] as const)
      await expect(session[verb]()).rejects.toEqual(expected);
    await expect(session.login('ada')).rejects.toEqual(expected);
    expect(session.isReadOnly).toBe(true);
  });

  test('what it reads is a copy that cannot be changed in place', async () => {
    const { session } = await failedCommit(code);
    expect(() => session.get('cart')?.items.push('tea')).toThrow(TypeError);
    expect(() => session.all().cart?.items.push('tea')).toThrow(TypeError);
  });

  test('its answer fails as well, also for what was changed in place; nothing is stored', async () => {
    const { session, cart, sessions, token, found, before } = await failedCommit(code);
    expect(sessions.answerNow(session)).toBeUndefined();
    cart?.items.push('tea');
    for (let again = 0; again < 2; again++)
      await expect(sessions.commit(session)).rejects.toMatchObject({ code });
    expect(await found(token)).toEqual(before);
  });

  test('the next request goes on as if nothing had been', async () => {
    const { visit, token, found, before } = await failedCommit(code);
    await visit(token, (session) => session.set('error', 'none'));
    expect(await found(token)).toEqual({ ...before, error: 'none' });
  });
});
