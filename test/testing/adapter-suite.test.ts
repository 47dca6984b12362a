import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { sessionMiddleware } from '../../src/adapters/express.js';
import { sessionListener } from '../../src/adapters/node.js';
import { addHeaders, type Sessions } from '../../src/index.js';
import {
  type AdapterCasesOptions,
  adapterCases,
  adapterSuite,
  type StartAdapter,
  type SuiteData,
} from '../../src/testing/adapter-suite.js';
import {
  type NodeAdapterCasesOptions,
  type NodeAdapterContext,
  type NodeListener,
  type NodeMiddleware,
  nodeAdapterCases,
} from '../../src/testing/node-adapter-suite.js';
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
        sessions,
        handle: (request, session) => {
          session.set('note', 'touched');
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
          (await sessions.commit(session)).headers,
        );
        await sendReply(response, { ...reply, headers: [...headers] });
      }),
  ],
  [
    'answers though the session was not stored',
    'failure/text',
    ({ sessions, handle }) =>
      good({
        sessions: {
          ...sessions,
          commit: (session) => sessions.commit(session).catch(() => ({ headers: [], cookies: [] })),
        },
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

/** Adapters for Node with one mistake each, and the cases that must see it. */
const nodeMistakes: [string, string[], NodeListener][] = [
  [
    'says of no answer that it was ended',
    ['held/finished'],
    (context) => (request, response) => {
      Object.defineProperty(response, 'finished', { get: () => false, set: () => undefined });
      return goodListener(context)(request, response);
    },
  ],
  [
    'says that an answer was ended before a caller without a connection has it',
    ['caller/serverless'],
    (context) => (request, response) => {
      const { end } = response;
      response.end = (...parameters: unknown[]) => {
        response.finished = true;
        setImmediate(() => {
          response.finished = false;
          end.apply(response, parameters as never);
        });
        return response;
      };
      return goodListener(context)(request, response);
    },
  ],
  ['fails on a response that is none', ['upgrade/none'], goodListener],
];

function goodListener({ sessions, handle, onError }: NodeAdapterContext): ReturnType<NodeListener> {
  return sessionListener(sessions, handle, { onError });
}

describe('a mistake in an adapter for Node is found', () => {
  test.each(nodeMistakes)('%s: %s', async (_mistake, ids, listener) => {
    const middleware = (sessions: Sessions<SuiteData>) =>
      sessionMiddleware(sessions) as unknown as ReturnType<NodeMiddleware>;
    const broken: NodeMiddleware = (sessions) => (request, response, next) => {
      holdsAll(response);
      return middleware(sessions)(request, response, next);
    };
    for (const id of ids) {
      const wanted = (options: NodeAdapterCasesOptions) =>
        nodeAdapterCases(options).find((one) => one.id === id)!;
      const good = wanted({ listener: goodListener, middleware });
      await expect(good.run()).resolves.toBeUndefined();
      await expect(wanted({ listener, middleware: broken }).run()).rejects.toThrow();
    }
  });

  function holdsAll(response: { getHeaders?(): object }): void {
    if (response.getHeaders === undefined) throw new TypeError('getHeaders is not a function');
  }
});

test('without the middleware, upgrades are shown as differing', () => {
  const upgrades = nodeAdapterCases({ listener: goodListener }).filter(({ id }) =>
    id.startsWith('upgrade/'),
  );
  expect(upgrades.map(({ difference }) => difference)).toEqual([
    'the adapter is no middleware',
    'the adapter is no middleware',
  ]);
});

test('ids are unique, and each names a group', () => {
  const ids = [
    ...adapterCases({ start: good }),
    ...nodeAdapterCases({ listener: goodListener }),
  ].map(({ id }) => id);
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
