import { describe, expect, test } from 'vitest';
import { cookieSessions, type Session as NativeSession } from '../../src/index.js';
import { visits } from '../core/visits.js';

type Session = NativeSession<Record<string, unknown>>;

describe('S-32: the synchroniser token', () => {
  test('is good for its session, whatever its text, and for no other', async () => {
    const { visit, open } = visits();
    const texts: string[] = [];
    const note = (session: Session) => void texts.push(session.csrfToken(), session.csrfToken());
    const token = await visit('', note);
    await visit(token, note);
    expect(new Set(texts).size).toBe(4);
    const session = await open(token);
    expect(texts.map((text) => session.isCsrfToken(text))).toEqual([true, true, true, true]);
    const others = await open(await visit('', (other) => other.csrfToken()));
    expect(texts.filter((text) => others.isCsrfToken(text))).toEqual([]);
    expect(texts.filter((text) => (session.isNew ? 0 : text.includes(token)))).toEqual([]);
  });

  test('no other text is one, and none makes it throw', async () => {
    const { visit, open } = visits();
    let text = '';
    const token = await visit('', (session) => {
      text = session.csrfToken();
    });
    const session = await open(token);
    const swapped = text.slice(43) + text.slice(0, 43);
    const wrong = [
      ...[
        '',
        token,
        text.slice(1),
        `${text}A`,
        `${text} `,
        swapped,
        'A'.repeat(86),
        'é'.repeat(86),
      ],
      ...[undefined, null, 7, [text], { toString: () => text }, Buffer.from(text)],
    ];
    expect(wrong.filter((each) => session.isCsrfToken(each))).toEqual([]);
    // Any one character of the text counts.
    for (let at = 0; at < 85; at += 1) {
      const other = text[at] === 'A' ? 'B' : 'A';
      expect(session.isCsrfToken(text.slice(0, at) + other + text.slice(at + 1))).toBe(false);
    }
  });

  test('a session has none before somebody asks, and the answer is no', async () => {
    const { visit, open } = visits();
    const token = await visit('', (session) => session.set('a', 1));
    const session = await open(token);
    expect([
      session.isCsrfToken(''),
      session.isCsrfToken('A'.repeat(86)),
      session.isChanged,
    ]).toEqual([false, false, false]);
  });

  test('S-10: asking for one begins a session, checking one does not', async () => {
    const { visit } = visits();
    expect(await visit('', (session) => session.isCsrfToken('A'.repeat(86)))).toBe('');
    expect(await visit('', (session) => session.csrfToken())).not.toBe('');
  });

  test.each<[string, (session: Session) => unknown]>([
    ['regenerate', (session) => session.regenerate()],
    ['login', (session) => session.login('ada')],
    ['login of another user', (session) => session.login('grace')],
    ['login that keeps no data', (session) => session.login('ada', { keep: false })],
    ['renewCsrfToken', (session) => session.renewCsrfToken()],
    ['logout', (session) => session.logout()],
  ])('is a new one after %s', async (_name, change) => {
    const { visit, open } = visits();
    const texts: string[] = [];
    let token = await visit('', async (session) => {
      await session.login('ada');
      session.set('a', 1);
      texts.push(session.csrfToken());
    });
    token = await visit(token, async (session) => {
      await change(session);
      session.set('b', 1);
      texts.push(session.csrfToken());
    });
    const session = await open(token);
    expect(texts.map((text) => session.isCsrfToken(text))).toEqual([false, true]);
  });

  test('V-03: the one of a planted session is dead after the login', async () => {
    const { visit, open } = visits();
    let known = '';
    const planted = await visit('', (session) => {
      known = session.csrfToken();
    });
    const token = await visit(planted, (session) => session.login('ada'));
    expect((await open(token)).isCsrfToken(known)).toBe(false);
  });

  test('V-03: nor is one good that can be computed from the planted session', async () => {
    const { visit, open } = visits();
    const planted = await visit('', (session) => session.set('a', 1));
    const texts: string[] = [];
    const token = await visit(planted, async (session) => {
      texts.push(session.csrfToken());
      await session.login('ada');
      texts.push(session.csrfToken());
    });
    const session = await open(token);
    expect(texts.map((text) => session.isCsrfToken(text))).toEqual([false, true]);
  });

  test('that requests of one visitor make at the same time is one', async () => {
    const { visit, open, sessions, other } = visits();
    const token = await visit('', (session) => session.set('a', 1));
    const [one, two] = [await open(token), await open(token, other)];
    const texts = [one.csrfToken(), two.csrfToken()];
    await Promise.all([sessions.commit(one), other.commit(two)]);
    const session = await open(token);
    expect(texts.map((text) => session.isCsrfToken(text))).toEqual([true, true]);
  });

  test('of a change from outside a request is good as well', async () => {
    const { visit, open, sessions } = visits();
    const token = await visit('', (session) => session.set('a', 1));
    const { id } = await open(token);
    let text = '';
    await sessions.change(id, (session) => {
      text = session.csrfToken();
    });
    const session = await open(token);
    expect(session.isCsrfToken(text)).toBe(true);
  });

  test('that this request made before it logs in stays good: nobody else has seen it', async () => {
    const { visit, open } = visits();
    let text = '';
    const token = await visit('', async (session) => {
      text = session.csrfToken();
      await session.login('ada');
      expect(session.isCsrfToken(text)).toBe(true);
    });
    expect((await open(token)).isCsrfToken(text)).toBe(true);
  });

  test('stays when a timer renews the session: open forms can still be sent', async () => {
    const { visit, open, clock } = visits({ rotateAfter: '10m' });
    let text = '';
    const token = await visit('', (session) => {
      text = session.csrfToken();
    });
    clock.advance('11m');
    const renewed = await visit(token, () => undefined);
    expect(renewed).not.toBe(token);
    expect((await open(renewed)).isCsrfToken(text)).toBe(true);
  });

  test('stays through a clear, a reload and a change by others, and is no data', async () => {
    const { visit, open, sessions } = visits();
    let text = '';
    const token = await visit('', (session) => {
      session.set('a', 1);
      text = session.csrfToken();
      session.clear();
      session.set('b', 1);
    });
    const slow = await open(token);
    slow.set('slow', 1);
    await visit(token, (session) => session.set('fast', 1));
    await sessions.commit(slow);
    const session = await open(token);
    await session.reload();
    expect(session.isCsrfToken(text)).toBe(true);
    expect({ ...session.all() }).toEqual({ b: 1, fast: 1, slow: 1 });
    expect(JSON.stringify(session)).not.toContain('csrf');
    expect((await sessions.read(session.id))?.data).toEqual({ b: 1, fast: 1, slow: 1 });
  });

  test('a change of data that meets a conflict keeps the token that it made', async () => {
    const { visit, open, sessions } = visits();
    const token = await visit('', (session) => session.set('a', 1));
    const slow = await open(token);
    const text = slow.csrfToken();
    await visit(token, (session) => session.set('b', 1));
    await sessions.commit(slow);
    const session = await open(token);
    expect([session.isCsrfToken(text), session.get('b')]).toEqual([true, 1]);
  });

  test('is in a sealed session as well', async () => {
    const { visit, open } = visits({
      store: cookieSessions(),
      secret: 'k7WqPz2vXn9sRf4tLb8mYc3dGh6jAe1u',
    });
    let text = '';
    let token = await visit('', (session) => {
      text = session.csrfToken();
    });
    token = await visit(token, (session) => session.set('a', 1));
    expect((await open(token)).isCsrfToken(text)).toBe(true);
  });

  test('S-30: an answer that checked or showed it varies by cookie', async () => {
    const { sessions, open } = visits();
    const session = await open('');
    session.isCsrfToken('');
    expect((await sessions.commit(session)).headers).toEqual([['Vary', 'x-session']]);
  });
});
