import { describe, expect, test } from 'vitest';
import { addAnswer, createSessions, type Session, type SessionOptions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { Visitor } from '../visitor.js';

interface Data {
  views: number;
}

describe('S-18: clearSiteData', () => {
  async function sentBy(
    clearSiteData: SessionOptions['clearSiteData'],
    handler: (session: Session<Data>) => unknown,
  ): Promise<(string | undefined)[]> {
    const visitor = new Visitor(createSessions<Data>({ store: memoryStore(), clearSiteData }));
    await visitor.visit((session) => session.login('ada'));
    const { headers } = await visitor.visit(handler);
    return headers.filter(([name]) => name === 'Clear-Site-Data').map(([, value]) => value);
  }

  const ALL = ['"cache", "cookies", "storage"'];
  const ends: [string, (session: Session<Data>) => unknown][] = [
    ['logout', (session) => session.logout()],
    ['invalidate', (session) => session.invalidate()],
    ['destroy', (session) => session.destroy()],
  ];

  test.each(ends)('is sent by %s, when it is asked for', async (_, end) => {
    expect(await sentBy(true, end)).toEqual(ALL);
    expect(await sentBy(['storage'], end)).toEqual(['"storage"']);
    for (const off of [undefined, false, []]) expect(await sentBy(off, end)).toEqual([]);
  });

  test('is sent by no other verb', async () => {
    const others: [string, (session: Session<Data>) => unknown][] = [
      ['clear', (session) => session.clear()],
      ['login', (session) => session.login('ada')],
      ['regenerate', (session) => session.regenerate()],
      ['set', (session) => session.set('views', 2)],
      ['nothing', () => undefined],
    ];
    for (const [name, verb] of others) expect([name, await sentBy(true, verb)]).toEqual([name, []]);
  });

  test('leaves the cookies to an answer that begins a new session', async () => {
    const greet = async (session: Session<Data>) => {
      await session.logout();
      session.flash('views', 1);
    };
    expect(await sentBy(true, greet)).toEqual(['"cache", "storage"']);
    expect(await sentBy(['cookies'], greet)).toEqual([]);
  });

  test('is not sent to a client whose session others ended', async () => {
    const sessions = createSessions<Data>({ store: memoryStore(), clearSiteData: true });
    const visitor = new Visitor(sessions);
    await visitor.visit((session) => session.login('ada'));
    const { headers } = await visitor.visit(async (session) => {
      await sessions.destroyUser('ada');
      await session.logout();
    });
    expect(headers.map(([name]) => name)).not.toContain('Clear-Site-Data');
  });

  test('is a header beside the cookie that expires', async () => {
    const visitor = new Visitor(createSessions({ store: memoryStore(), clearSiteData: true }));
    await visitor.visit((session) => session.set('views', 1));
    const session = await visitor.open();
    await session.logout();
    const headers = new Headers();
    addAnswer(headers, await visitor.answer(session));
    expect(headers.get('clear-site-data')).toBe(ALL[0]);
    expect(headers.getSetCookie()).toEqual([expect.stringContaining('Max-Age=0')]);
    expect(visitor.cookie).toBeUndefined();
  });
});
