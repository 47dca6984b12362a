import { describe, expect, test } from 'vitest';
import { Session, type SessionOptions } from '../../src/index.js';
import { visits } from './visits.js';

const withCode = (code: string): unknown => expect.objectContaining({ code });

// Code that is not strict, as many middleware are.
const assign = new Function('target', 'name', 'value', 'target[name] = value') as (
  target: object,
  name: string | symbol,
  value: unknown,
) => void;

const PROPERTIES = ['user', 'cart', 'flash', 'cookie', 'constructor', 'toString', '0', 'ünï'];
const METHODS = [
  'get',
  'set',
  'flash',
  'save',
  'regenerate',
  'destroy',
  'reload',
  'touch',
  'login',
];
const GETTERS = ['id', 'handle', 'userId', 'isNew', 'createdAt', 'outcome'];

describe('a session takes no properties', () => {
  test.for([...PROPERTIES, ...METHODS, ...GETTERS, '__proto__'])(
    'assigning %j throws in strict and in sloppy code, and says what to write',
    async (name) => {
      const session = await visits().sessions.open({});
      const before = (session as unknown as Record<string, unknown>)[name];
      for (const assigning of [
        () => assign(session, name, 'x'),
        () => {
          (session as unknown as Record<string, unknown>)[name] = 'x';
        },
        () => Object.assign(session, { [name]: 'x' }),
      ]) {
        if (name === '__proto__' && assigning.toString().includes('Object.assign')) continue;
        expect(assigning).toThrow();
        if (name !== '__proto__') {
          expect(assigning).toThrow(withCode('invalid-value'));
          expect(assigning).toThrow(/session\.set\(.*sojourn\/express-session/);
        }
      }
      expect((session as unknown as Record<string, unknown>)[name]).toBe(before);
      expect(session.isChanged).toBe(false);
    },
  );

  test('nor a defined property, a symbol, or another prototype', async () => {
    const session = await visits().sessions.open({});
    expect(() => Object.defineProperty(session, 'user', { value: 1 })).toThrow(TypeError);
    expect(() => assign(session, Symbol('user'), 1)).toThrow(withCode('invalid-value'));
    expect(() => Object.setPrototypeOf(session, {})).toThrow(TypeError);
    expect(Object.isExtensible(session)).toBe(false);
    expect(Reflect.ownKeys(session)).toEqual([]);
  });

  test('no method is ever replaced or extended: one visitor would meet the other there', async () => {
    const session = await visits().sessions.open({});
    for (const name of METHODS) {
      const method = session[name as 'get'];
      expect(() => assign(method, 'messages', ['private'])).not.toThrow();
      expect(() => Object.assign(method, { messages: ['private'] })).toThrow(TypeError);
      expect(() => Object.defineProperty(method, 'messages', { value: 1 })).toThrow(TypeError);
      expect(Object.keys(method)).toEqual([]);
      expect(session[name as 'get']).toBe(method);
    }
  });

  test('everything else about it is as with other objects', async () => {
    const session = await visits().sessions.open({});
    expect(session instanceof Session).toBe(true);
    expect('get' in session).toBe(true);
    expect('user' in session).toBe(false);
    expect(String(session)).toBe('[object Object]');
    const { get } = session;
    expect(Reflect.apply(get, session, ['views'])).toBeUndefined();
    expect((session as unknown as { user: unknown }).user).toBeUndefined();
  });
});

describe('a verb that returns a promise takes no callback', () => {
  const verbs = ['save', 'regenerate', 'destroy', 'reload', 'logout', 'invalidate'] as const;

  test.for(verbs)('%s', async (verb) => {
    const server = visits();
    const token = await server.visit('', (session) => session.set('views', 1));
    const session = await server.open(token);
    const call = session[verb] as (callback: () => void) => Promise<unknown>;
    let calls = 0;
    expect(() => call.call(session, () => calls++)).toThrow(withCode('invalid-value'));
    expect(() => call.call(session, () => calls++)).toThrow(
      new RegExp(`session\\.${verb} .*Await`),
    );
    expect([calls, await server.found(token)]).toEqual([0, { views: 1 }]);
  });

  test('login, in any place', async () => {
    const session = await visits().sessions.open({});
    const call = session.login as (...parameters: unknown[]) => Promise<unknown>;
    for (const parameters of [['ada', () => 0], ['ada', {}, () => 0], [() => 0]])
      expect(() => call.apply(session, parameters)).toThrow(withCode('invalid-value'));
    expect(session.userId).toBeUndefined();
  });

  test('verbs that take a function are no such verbs', async () => {
    const session = await visits().sessions.open({});
    session.update('views', () => 3);
    expect(session.get('none', () => 'fallback')).toBe('fallback');
    expect(session.get('views')).toBe(3);
  });
});

describe('a bare number under 1,000 is no duration', () => {
  const clocks = [
    'idleTimeout',
    'lifetime',
    'touchAfter',
    'rotateAfter',
    'rotationOverlap',
    'deadFor',
  ] as const;

  test.for(clocks)('%s', (name) => {
    for (const number of [1, 30, 60, 999]) {
      const options: Partial<SessionOptions> = { [name]: number };
      expect(() => visits(options)).toThrow(withCode('invalid-option'));
      expect(() => visits(options)).toThrow(`'${number}s'`);
    }
    for (const fine of [1000, 60_000, '1ms', '999ms', '60s'] as const)
      expect(() => visits({ [name]: fine })).not.toThrow();
    for (const wrong of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '60', '1 h', '', {}])
      expect(() => visits({ [name]: wrong as never })).toThrow(withCode('invalid-option'));
  });

  test('storeTimeout is one: a store may have to answer within milliseconds', () => {
    expect(() => visits({ storeTimeout: 250 })).not.toThrow();
    expect(() => visits({ storeTimeout: 0 })).toThrow(withCode('invalid-option'));
    expect(() => visits({ storeTimeout: '30d' })).toThrow(withCode('invalid-option'));
  });
});
