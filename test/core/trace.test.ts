import { randomBytes } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { cookieSessions, createSessions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { Visitor } from '../visitor.js';
import { visits } from './visits.js';

interface Data {
  views: number;
}

describe('trace says in words why a session is as it is', () => {
  test('new: without a token, with one that is none, and with an unknown one', async () => {
    const { open } = visits<Data>();
    expect((await open('')).trace()).toEqual(['new: the request has no token']);
    expect((await open('short')).trace()).toEqual([
      'a token was rejected: syntax',
      'new: no token of the request leads to a session',
    ]);
    expect((await open('x'.repeat(43))).trace()).toEqual([
      'new: no token of the request leads to a session',
    ]);
  });

  test('nothing, for a session that was found', async () => {
    const { open, visit } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1));
    expect((await open(token)).trace()).toEqual([]);
  });

  test('new: the seal does not open', async () => {
    const secret = randomBytes(32).toString('base64url');
    const sessions = createSessions<Data>({ store: cookieSessions(), secret });
    const session = await new Visitor(sessions, `__Host-sid=${'x'.repeat(80)}`).open();
    expect(session.trace()[0]).toBe('a token was rejected: seal');
  });

  test('new: the session was not used for too long', async () => {
    const clock = { now: Date.now() };
    // The store's own clock stands still, so that the core sees the deadline pass.
    const { open, visit } = visits<Data>({ now: () => clock.now });
    const token = await visit('', (session) => session.set('views', 1));
    clock.now += 3 * 3_600_000;
    expect((await open(token)).trace()[0]).toBe('a session ended: idle');
  });

  test('new: the record cannot be read', async () => {
    const { open, visit, store } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1));
    const { id } = await open(token);
    const stored = await store.read(id);
    if (stored === undefined) throw new Error('the session is not stored');
    await store.update(id, { ...stored.record, data: '' }, stored.version);
    expect((await open(token)).trace()[0]).toBe('a session cannot be read');
  });

  test('gone: a dead token, and a session that another request ended', async () => {
    const { open, visit, commit } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1));
    const slow = await open(token);
    await visit(token, (session) => session.login('ada'));
    await commit(slow.set('views', 2));
    expect(slow.trace()).toEqual(['gone: another request ended or moved the session']);
    expect((await open(token)).trace()).toEqual([
      expect.stringContaining('gone: the token is dead'),
    ]);
  });

  test('new: a renewed token was used after its time', async () => {
    const { open, visit, clock } = visits<Data>({ rotateAfter: '10m', rotationOverlap: '30s' });
    const first = await visit('', (session) => session.set('views', 1));
    clock.advance('10m');
    const second = await visit(first, () => undefined);
    await visit(second, () => undefined);
    clock.advance('31s');
    expect((await open(first)).trace()[0]).toContain('a renewed token was used after its time');
  });

  test('no cookie: what must be set up', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const sessions = createSessions<Data>({ store: memoryStore() });
    const session = await sessions.open({ host: 'shop.example' });
    await sessions.commit(session.set('views', 1));
    expect(session.trace().at(-1)).toMatch(/^no token is sent, .*trustProxy/);
    warn.mockRestore();
  });

  test('read-only: the store did not answer', async () => {
    const { visit } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1));
    const { open } = visits<Data>({ onStoreError: 'anonymous' }, (store) => ({
      ...store,
      read: () => Promise.reject(new Error('refused')),
    }));
    expect((await open(token)).trace()).toEqual([
      expect.stringMatching(/^empty and read-only: .*refused/),
    ]);
  });

  test('it is a copy, and holds no token', async () => {
    const { open, visit } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1));
    await visit(token, (session) => session.logout());
    const session = await open(token);
    (session.trace() as string[]).push('mine');
    expect(session.trace()).toHaveLength(1);
    expect(session.trace().join()).not.toContain(token);
  });
});
