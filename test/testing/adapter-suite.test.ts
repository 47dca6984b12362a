import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { sessionListener } from '../../src/adapters/node.js';
import { addHeaders } from '../../src/index.js';
import {
  type AdapterCasesOptions,
  adapterCases,
  adapterSuite,
  type StartAdapter,
} from '../../src/testing/adapter-suite.js';
import { listen, sendReply, suiteRequest } from '../adapters/reply.js';

const good: StartAdapter = ({ sessions, handle }) =>
  listen(
    sessionListener(sessions, async (request, response, session) =>
      sendReply(response, await handle(suiteRequest(request), session)),
    ),
  );

/** Adapters with one mistake each, and a case that must see it. */
const mistakes: [string, string, StartAdapter][] = [
  [
    'stores after the response',
    'write/held-text',
    ({ sessions, handle }) =>
      listen(async (request, response) => {
        const session = await sessions.open(request.headers);
        await sendReply(response, await handle(suiteRequest(request), session));
        await sessions.commit(session);
      }),
  ],
  [
    'stores what was not touched',
    'untouched/anonymous',
    ({ sessions, handle }) =>
      good({
        sessions: { ...sessions, isPending: () => true },
        handle: (request, session) => {
          session.get('note');
          return handle(request, session);
        },
      }),
  ],
  [
    'replaces the cookies of the handler',
    'headers/cookies',
    ({ sessions, handle }) =>
      listen(async (request, response) => {
        const session = await sessions.open(request.headers);
        const reply = await handle(suiteRequest(request), session);
        const headers = new Map(reply.headers);
        addHeaders(
          {
            get: (name) => headers.get(name),
            set: (name, value) => headers.set(name, value),
            append: (name, value) => headers.set(name, value),
          },
          await sessions.commit(session),
        );
        await sendReply(response, { ...reply, headers: [...headers] });
      }),
  ],
  [
    'answers though the session was not stored',
    'failure/text',
    ({ sessions, handle }) =>
      good({
        sessions: { ...sessions, commit: (session) => sessions.commit(session).catch(() => []) },
        handle,
      }),
  ],
  [
    'goes on without a session when the store is down',
    'failure/read',
    ({ sessions, handle }) =>
      good({
        sessions: {
          ...sessions,
          open: (headers) => sessions.open(headers).catch(() => sessions.open({})),
        },
        handle,
      }),
  ],
  [
    'forgets the context',
    'context/current',
    ({ sessions, handle }) =>
      good({ sessions: { ...sessions, run: (_session, task) => task() }, handle }),
  ],
];

describe('a mistake in an adapter is found', () => {
  test.each(mistakes)('%s: %s', async (_mistake, id, start) => {
    const wanted = (options: AdapterCasesOptions) =>
      adapterCases(options).find((one) => one.id === id)!;
    await expect(wanted({ start: good }).run()).resolves.toBeUndefined();
    await expect(wanted({ start }).run()).rejects.toThrow();
  });
});

test('ids are unique, and each names a group', () => {
  const ids = adapterCases({ start: good }).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[a-z]+\/[a-z-]+$/);
});

test('a declared difference is shown with its reason and not run; one that names nothing is refused', () => {
  const shown: string[] = [];
  const register = Object.assign(() => undefined, { skip: (name: string) => shown.push(name) });
  adapterSuite({
    test: register,
    start: good,
    differences: { 'stream/gone': 'no connection', headers: 'none' },
  });
  expect(shown.filter((name) => name.endsWith('(differs: none)'))).toHaveLength(4);
  expect(
    shown.filter(
      (name) => name.startsWith('stream/gone: ') && name.endsWith('(differs: no connection)'),
    ),
  ).toHaveLength(1);
  expect(() => adapterCases({ start: good, differences: { 'stream/nothing': 'x' } })).toThrow(
    /names no case|is no case/,
  );
});

test('a server that does not start fails its case', async () => {
  const start: StartAdapter = async () => {
    createServer();
    throw new Error('no free port');
  };
  const [first] = adapterCases({ start });
  await expect(first!.run()).rejects.toThrow('no free port');
});
