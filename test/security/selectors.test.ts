import { describe, expect, test } from 'vitest';
import {
  cookieSessions,
  createSessions,
  type SessionOptions,
  type SessionStore,
} from '../../src/index.js';
import { createToken } from '../../src/keys/token.js';
import { memoryStore } from '../../src/stores/memory.js';
import { Visitor } from '../visitor.js';

const SECRET = 'Vb3QmXz7Lr0TnYc5KeWu9HsPd2GfJa8i';
const NAME = 'id';

interface Data {
  name: string;
}

function shop(options: Partial<SessionOptions> = {}) {
  const sessions = createSessions<Data>({
    store: memoryStore(),
    cookie: { name: NAME },
    ...options,
  });
  const userOf = async (cookie: string | undefined): Promise<string | undefined> =>
    (await sessions.open({ cookie }, { secure: true })).userId;
  /** A visitor who is logged in. */
  async function login(user: string): Promise<Visitor<Data>> {
    const visitor = new Visitor(sessions);
    await visitor.visit((session) => session.login(user));
    return visitor;
  }
  return { sessions, userOf, login };
}

/** All texts in a value, at any depth. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

const STORES: [string, Partial<SessionOptions>][] = [
  ['without a secret', {}],
  ['with a secret', { secret: SECRET }],
  ['with encryption', { secret: SECRET, encrypt: true }],
];

describe.each(STORES)('%s', (_, options) => {
  test('S-19: nothing that a list of devices or an event shows lets anybody in', async () => {
    const { sessions, userOf, login } = shop(options);
    const shown: unknown[] = [];
    for (const event of ['created', 'updated', 'regenerated', 'touched', 'ended'] as const)
      sessions.on(event, (facts) => shown.push(facts));
    const ada = await login('ada');
    await ada.visit((session) => session.regenerate());
    await ada.visit((session) => {
      session.set('name', 'Ada');
      shown.push(session.toJSON(), session.id, session.handle, session.trace());
    });
    shown.push(await sessions.ofUser('ada'), await sessions.list());
    const texts = new Set(textsIn(shown));
    expect(texts.size).toBeGreaterThan(4);
    for (const text of texts) {
      expect(text).not.toContain(ada.token);
      expect(await userOf(`${NAME}=${text}`)).toBeUndefined();
    }
    expect(await userOf(ada.cookie)).toBe('ada');
  });

  test('S-19: a handle names one device while its token changes', async () => {
    const { sessions, login } = shop(options);
    const ada = await login('ada');
    const [device] = await sessions.ofUser('ada');
    await ada.visit((session) => session.regenerate());
    const [same] = await sessions.ofUser('ada');
    expect([same?.handle, same?.id === device?.id]).toEqual([device?.handle, false]);
    await sessions.destroyUser('ada', { only: device?.handle ?? '' });
    expect(await sessions.ofUser('ada')).toEqual([]);
  });

  describe('V-28: a cookie that nobody made here', () => {
    const FORGED: [
      string,
      (victim: Visitor<Data>, facts: { id: string; handle: string }) => string,
    ][] = [
      ['the id of a victim', (_victim, { id }) => id],
      ['the handle of a victim', (_victim, { handle }) => handle],
      ['the id with a MAC of its own', (_victim, { id }) => `${id}.${id}`],
      ['a part of the token', (victim) => victim.token.slice(0, -1)],
      ['another token', () => createToken()],
    ];

    test.each(FORGED)('with %s selects and ends no session, at no verb', async (_name, forge) => {
      const { sessions, userOf, login } = shop(options);
      const victim = await login('victim');
      const [facts] = await sessions.ofUser('victim');
      const forged = `${NAME}=${forge(victim, facts as { id: string; handle: string })}`;
      const mallory = await login('mallory');
      for (const cookie of [
        forged,
        `${mallory.cookie}; ${forged}`,
        `${forged}; ${mallory.cookie}`,
      ]) {
        const attacker = new Visitor(sessions, cookie);
        await attacker.visit((session) => {
          expect(session.userId).not.toBe('victim');
          session.set('name', 'Mallory');
        });
        await new Visitor(sessions, cookie).visit((session) => session.logout());
        await new Visitor(sessions, cookie).visit((session) => session.destroy());
        await new Visitor(sessions, cookie).visit((session) => session.login('mallory'));
        expect(await userOf(victim.cookie)).toBe('victim');
      }
    });

    test('of the list of devices ends no session of another user', async () => {
      const { sessions, userOf, login } = shop(options);
      const victim = await login('victim');
      const [facts] = await sessions.ofUser('victim');
      await login('mallory');
      for (const name of [facts?.handle ?? '', facts?.id ?? '', ''])
        await sessions.destroyUser('mallory', { only: name });
      expect(await userOf(victim.cookie)).toBe('victim');
      expect(await sessions.ofUser('mallory')).toHaveLength(1);
    });
  });
});

test('V-28: a sealed cookie that nobody made here revokes nothing', async () => {
  const revocations = memoryStore();
  const { sessions, userOf, login } = shop({
    store: cookieSessions({ revocations }),
    secret: SECRET,
  });
  const victim = await login('victim');
  const other = shop({
    store: cookieSessions({ revocations }),
    secret: 'o6RtEwZ1CqMx4UvBy7NkLs0DhGj3FpAa',
  });
  const foreign = await other.login('victim');
  const { token } = victim;
  for (const forged of [
    foreign.token,
    token.slice(0, -2),
    token.slice(0, 20) + (token[20] === 'A' ? 'B' : 'A') + token.slice(21),
  ]) {
    const visitor = new Visitor(sessions, `${NAME}=${forged}`);
    await visitor.visit((session) => session.logout());
    await new Visitor(sessions, `${NAME}=${forged}`).visit((session) => session.destroy());
  }
  expect(await userOf(victim.cookie)).toBe('victim');
  expect(await revocations.count?.()).toBe(0);
});

describe('V-10: no comparison of a token with what is stored tells anything by its time', () => {
  test.each(STORES)(
    '%s: the store is asked by the hash of a token, never by the token',
    async (_, options) => {
      const store = memoryStore();
      const seen: unknown[] = [];
      const spied = Object.fromEntries(
        Object.entries(store).map(([name, verb]) => [
          name,
          typeof verb !== 'function'
            ? verb
            : (...parameters: never[]) => {
                seen.push([name, ...parameters]);
                return (verb as (...parameters: never[]) => unknown)(...parameters);
              },
        ]),
      ) as unknown as SessionStore;
      const { sessions, login } = shop({ ...options, store: spied });
      const ada = await login('ada');
      const tokens = [ada.token];
      await ada.visit((session) => session.set('name', 'Ada'));
      await ada.visit((session) => session.regenerate());
      tokens.push(ada.token);
      await new Visitor(sessions, `${NAME}=${tokens[0]}`).visit((session) => session.get('name'));
      await ada.visit((session) => session.logout());
      const asked = textsIn(seen).join('\n');
      expect(seen.length).toBeGreaterThan(5);
      for (const token of tokens) expect(asked).not.toContain(token.split('.')[0]);
    },
  );
});
