import { describe, expect, test } from 'vitest';
import type { Session } from '../../src/core/session.js';
import { cookieSessions, createSessions, type SessionStore } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { manualClock } from '../../src/testing/clock.js';
import { Visitor } from '../visitor.js';

interface Data {
  n: number;
  a: number;
  x: number;
}

describe('S-40 sealed sessions stand in no line', () => {
  const secret = 'f3Jq8-Zt0bWm5yKx1uLr9vNcEa2HgPdS7oTi';

  test('a request answers with its own data, whatever an older cookie does beside it', async () => {
    const clock = manualClock();
    const sessions = createSessions<Data>({ store: cookieSessions(), secret, now: clock.now });
    const older = new Visitor(sessions);
    await older.visit((session) => session.set('a', 1));
    const newer = older.clone();
    await newer.visit((session) => session.set('x', 1));
    const writing = await older.open();
    writing.set('n', 1);
    const touching = await newer.open();
    touching.touch();
    await Promise.all([older.answer(writing), newer.answer(touching)]);
    expect((await newer.open()).all()).toEqual({ a: 1, x: 1 });
    expect((await older.open()).all()).toEqual({ a: 1, n: 1 });
  });

  test('a change that waits for a silent list of revocations holds up no other client', async () => {
    const list = memoryStore();
    let isSilent = false;
    const revocations: SessionStore = {
      ...list,
      read: (id) => {
        if (!isSilent) return list.read(id);
        isSilent = false;
        return new Promise(() => undefined);
      },
    };
    const sessions = createSessions<Data>({
      store: cookieSessions({ revocations }),
      secret,
      storeTimeout: 200,
    });
    const visitor = new Visitor(sessions);
    await visitor.visit((session) => session.set('n', 0));
    const copies: Session<Data>[] = [await visitor.open(), await visitor.open()];
    for (const session of copies) session.increment('n');
    isSilent = true;
    const [stalled, fast] = await Promise.allSettled(
      copies.map((session) => sessions.commit(session)),
    );
    expect(stalled).toMatchObject({ reason: { code: 'store-timeout' } });
    expect(fast?.status).toBe('fulfilled');
    expect(copies[1]?.outcome).toBe('updated');
  });
});
