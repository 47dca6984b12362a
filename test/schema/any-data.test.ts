import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  createSessions,
  type DataSchema,
  headerTransport,
  isSessionError,
  type Session,
  type Sessions,
} from '../../src/index.js';
import { asideOf, dataSchema, type Migration } from '../../src/schema/index.js';
import { memoryStore } from '../../src/stores/memory.js';

type AnyData = Record<string, unknown>;

const KEYS = ['a', 'b', 'c', 'd'];
const runs = { numRuns: process.env.SOJOURN_LONG === '1' ? 5000 : 60 };

/** What a value is: the schema of each, and whether it has a default. */
const TYPES: Record<string, z.ZodType> = {
  text: z.string(),
  'short text': z.string().max(2),
  number: z.number(),
  flag: z.boolean().nullable(),
  list: z.array(z.number()).max(3),
  object: z.object({ x: z.number(), y: z.string().optional() }).strict(),
  record: z.record(z.string(), z.number()),
};
const DEFAULTS: AnyData = { text: 'none', number: 7, list: [1], record: { one: 1 } };

const value = fc.oneof(
  fc.constantFrom(...[null, true, 0, 1, '', 'ab', 'abc', [], [1], [1, 2, 3], [1, 2, 3, 4]]),
  fc.record({ x: fc.constantFrom<unknown>(1, 'x'), y: fc.string() }, { requiredKeys: [] }),
  fc
    .jsonValue({ maxDepth: 2 })
    .map((made) => JSON.stringify(made))
    // No codec stores such a key.
    .filter((text) => !text.includes('__proto__'))
    .map((text) => JSON.parse(text)),
);
const data = fc.dictionary(fc.constantFrom(...KEYS, 'unknown'), value, { maxKeys: 5 });
const shape = fc.dictionary(
  fc.constantFrom(...KEYS),
  fc.record({ type: fc.constantFrom(...Object.keys(TYPES)), hasDefault: fc.boolean() }),
);

type Shape = Record<string, { readonly type: string; readonly hasDefault: boolean }>;

function defaultOf({ type, hasDefault }: Shape[string]): unknown {
  return hasDefault ? DEFAULTS[type] : undefined;
}

function schemaOf(parts: Shape, migrate?: Migration): DataSchema<AnyData> {
  const keys = Object.entries(parts).map(([key, part]) => {
    const known = TYPES[part.type] as z.ZodType;
    const made = defaultOf(part);
    return [key, made === undefined ? known.optional() : known.default(made as never)];
  });
  const options = migrate === undefined ? {} : { version: 2, migrate: { 1: migrate } };
  return dataSchema(z.object(Object.fromEntries(keys)), options) as DataSchema<AnyData>;
}

function fits(parts: Shape, key: string, value: unknown): boolean {
  const part = Object.hasOwn(parts, key) ? parts[key] : undefined;
  return part !== undefined && (TYPES[part.type] as z.ZodType).safeParse(value).success;
}

/** What readers see of stored data, and what is set aside. */
function expected(parts: Shape, stored: AnyData): { seen: AnyData; aside: AnyData } {
  const seen: AnyData = {};
  const aside: AnyData = {};
  for (const [key, value] of Object.entries(stored))
    if (fits(parts, key, value)) seen[key] = value;
    else aside[key] = value;
  for (const [key, part] of Object.entries(parts)) {
    const made = defaultOf(part);
    if (!(key in seen) && made !== undefined) seen[key] = made;
  }
  return { seen, aside };
}

/** Sessions of several servers on one store, for one visitor. */
function site() {
  const store = memoryStore({ warn: false });
  const transport = headerTransport('x-session');
  let headers: Record<string, string> = {};
  return {
    server: (schema?: DataSchema<AnyData>): Sessions<AnyData> =>
      schema === undefined
        ? createSessions<AnyData>({ store, transport })
        : createSessions({ store, transport, data: schema }),
    open: (sessions: Sessions<AnyData>) => sessions.open(headers),
    async visit(sessions: Sessions<AnyData>, task: (session: Session<AnyData>) => unknown) {
      const session = await sessions.open(headers);
      await task(session);
      headers = { ...headers, ...Object.fromEntries((await sessions.commit(session)).headers) };
    },
  };
}

function asideIn(session: Session<AnyData>): AnyData {
  return Object.fromEntries(asideOf(session).map(({ key, value }) => [key, value]));
}

test('any data meets any schema: what fits is there, what does not is aside, nothing crashes', async () => {
  await fc.assert(
    fc.asyncProperty(shape, data, data, async (parts, stored, changes) => {
      const { server, visit } = site();
      await visit(server(), (session) => {
        session.set('first', 1);
        for (const [key, value] of Object.entries(stored)) session.set(key, value);
      });
      const sessions = server(schemaOf(parts));
      const { seen, aside } = expected(parts, { first: 1, ...stored });
      await visit(sessions, (session) => {
        for (const key of Object.keys(stored)) expect(session.get(key)).toEqual(seen[key]);
        expect({ ...session.all() }).toEqual(seen);
        expect(asideIn(session)).toEqual(aside);
        for (const [key, value] of Object.entries(changes))
          try {
            session.set(key, value);
            expect(fits(parts, key, value)).toBe(true);
            seen[key] = value;
          } catch (error) {
            if (!isSessionError(error, 'invalid-data')) throw error;
            expect(fits(parts, key, value)).toBe(false);
          }
        expect({ ...session.all() }).toEqual(seen);
      });
      await visit(sessions, (session) => {
        expect({ ...session.all() }).toEqual(seen);
        expect(asideIn(session)).toEqual(aside);
      });
    }),
    runs,
  );
});

test('data that another schema stored is lost to nobody: what went aside comes back', async () => {
  await fc.assert(
    fc.asyncProperty(shape, shape, data, async (parts, others, stored) => {
      const { server, visit } = site();
      const sessions = server(schemaOf(parts));
      await visit(server(), (session) => session.set('first', 1));
      await visit(sessions, (session) => {
        for (const [key, value] of Object.entries(stored))
          if (fits(parts, key, value)) session.set(key, value);
      });
      const before = expected(
        parts,
        Object.fromEntries(
          Object.entries(stored).filter(([key, value]) => fits(parts, key, value)),
        ),
      );
      await visit(
        server(schemaOf({ ...others, mark: { type: 'number', hasDefault: false } })),
        (s) => {
          s.all();
          s.set('mark', 1);
        },
      );
      await visit(sessions, (session) => expect({ ...session.all() }).toEqual(before.seen));
    }),
    runs,
  );
});

test('any result of a migration: what fits is there, the rest aside, nothing crashes', async () => {
  const results = fc.oneof(data, fc.constantFrom('throw', 'promise', 'number', 'cycle'));
  await fc.assert(
    fc.asyncProperty(shape, data, results, async (parts, stored, result) => {
      const { server, visit } = site();
      await visit(server(), (session) => {
        session.set('first', 1);
        for (const [key, value] of Object.entries(stored)) session.set(key, value);
      });
      const cycle: AnyData = {};
      cycle.a = cycle;
      const sessions = server(
        schemaOf(parts, () => {
          if (result === 'throw') throw new Error('no');
          if (result === 'promise') return Promise.reject(new Error('no'));
          if (result === 'number') return 5 as never;
          return result === 'cycle' ? cycle : (result as object);
        }),
      );
      const failed = typeof result === 'string';
      const { seen, aside } = failed
        ? { ...expected(parts, {}), aside: { first: 1, ...stored } }
        : expected(parts, result);
      for (let round = 0; round < 2; round++)
        await visit(sessions, (session) => {
          expect({ ...session.all() }).toEqual(seen);
          expect(asideIn(session)).toEqual(aside);
        });
    }),
    runs,
  );
});

test('changes of two requests at once: nothing that does not fit is stored', async () => {
  const parts: Shape = {
    a: { type: 'list', hasDefault: true },
    b: { type: 'short text', hasDefault: false },
  };
  const step = fc.oneof(
    fc.record({ kind: fc.constant('push' as const), value: fc.integer() }),
    fc.record({ kind: fc.constant('text' as const), value: fc.string({ maxLength: 4 }) }),
    fc.record({ kind: fc.constant('in place' as const), value: fc.constantFrom<unknown>(1, 'x') }),
  );
  const steps = fc.array(step, { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(steps, steps, async (one, other) => {
      const { server, visit, open } = site();
      await visit(server(), (session) => session.set('first', 1));
      const pairs = [one, other].map((list) => ({ list, sessions: server(schemaOf(parts)) }));
      const opened = await Promise.all(pairs.map(({ sessions }) => open(sessions)));
      for (const [index, { list, sessions }] of pairs.entries()) {
        const session = opened[index] as (typeof opened)[number];
        try {
          for (const { kind, value } of list)
            if (kind === 'push') session.push('a', value);
            else if (kind === 'text') session.set('b', value);
            else (session.get('a') as unknown[]).push(value);
          await sessions.commit(session);
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^(invalid-data|conflict)$/) });
        }
      }
      const stored = { ...(await open(server())).all() };
      for (const key of Object.keys(parts))
        if (key in stored) expect([key, fits(parts, key, stored[key])]).toEqual([key, true]);
    }),
    runs,
  );
});
