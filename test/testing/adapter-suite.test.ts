import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { sessionListener } from '../../src/adapters/node.js';
import {
  type Answer,
  addAnswer,
  addHeaders,
  lostAnswer,
  type Session,
  type Sessions,
} from '../../src/index.js';
import {
  type AdapterCasesOptions,
  type AdapterContext,
  adapterCases,
  adapterSuite,
  type StartAdapter,
  type SuiteData,
  type SuiteReply,
} from '../../src/testing/adapter-suite.js';
import { listen, sendReply, suiteRequest } from '../adapters/reply.js';
import { eachOf } from './mistakes.js';

const good: StartAdapter = ({ sessions, handle }) =>
  listen(
    sessionListener(sessions, async (request, response, session) =>
      sendReply(response, await handle(suiteRequest(request), session)),
    ),
  );

/** The good adapter, over sessions of which some parts are other ones. */
function over(change: (sessions: Sessions<SuiteData>) => Partial<Sessions<SuiteData>>) {
  return ({ sessions, handle }: AdapterContext) =>
    good({ sessions: { ...sessions, ...change(sessions) }, handle });
}

/** An adapter that commits once the handler has given its reply. */
function plain(
  answer: (
    context: AdapterContext,
    session: Session<SuiteData>,
    reply: SuiteReply,
    response: ServerResponse,
  ) => Promise<void>,
): StartAdapter {
  return (context) =>
    listen(async (request, response) => {
      const session = await context.sessions.open(request.headers);
      const reply = await context.handle(suiteRequest(request), session);
      await answer(context, session, reply, response);
    });
}

/** An adapter whose error page is `onError`. */
function failing(onError: (reply: SuiteReply, response: ServerResponse) => unknown): StartAdapter {
  return plain(async ({ sessions }, session, reply, response) => {
    try {
      addAnswer(response, await sessions.commit(session));
    } catch {
      response.statusCode = 503;
      return void onError(reply, response);
    }
    return sendReply(response, reply);
  });
}

const nothing: Answer = { headers: [], cookies: [] };
const late = ['write', 'login', 'regenerate'];
const lost = ['text', 'redirect', 'stream', 'thrown-answer', 'login-later'].map(
  (kind) => `failure/${kind}`,
);

/** Adapters with one mistake each, and the cases that must see it. */
const mistakes: [string, string[], StartAdapter][] = [
  [
    'stores after the response',
    ['text', 'redirect', 'empty', 'error', 'stream'].map((kind) => `write/held-${kind}`),
    plain(async ({ sessions }, session, reply, response) => {
      await sendReply(response, reply);
      await sessions.commit(session);
    }),
  ],
  [
    'stores what was not touched',
    ['untouched/anonymous', 'untouched/session'],
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
    ['headers/cookies'],
    plain(async ({ sessions }, session, reply, response) => {
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
    'adds the answers of two commits',
    ['write/kept', 'headers/cookies'],
    plain(async ({ sessions }, session, reply, response) => {
      addAnswer(response, await sessions.commit(session, { isLast: false }));
      addAnswer(response, await sessions.commit(session));
      await sendReply(response, reply);
    }),
  ],
  [
    'sends nothing for a session that was committed before',
    ['nested/committed', 'nested/two-commits'],
    over((sessions) => ({
      answerNow: () => undefined,
      commit: async (session) =>
        session.outcome === undefined ? sessions.commit(session) : nothing,
    })),
  ],
  [
    'commits the session that was opened last',
    ['nested/read-only'],
    ({ sessions, handle }) => {
      const { open, commit } = sessions;
      let last: Session<SuiteData>;
      sessions.open = async (...parameters) => {
        last = await open(...parameters);
        return last;
      };
      return over(() => ({ answerNow: () => undefined, commit: () => commit(last) }))({
        sessions,
        handle,
      });
    },
  ],
  [
    'does not say that the head has left',
    late.flatMap((verb) => [
      verb === 'write' ? 'stream/too-late' : `stream/too-late-${verb}`,
      `stream/untouched-${verb}`,
    ]),
    over(({ commit }) => ({
      answerNow: () => undefined,
      commit: (session) => commit(session, { isLast: false }),
    })),
  ],
  [
    'stores nothing when an answer is thrown',
    ['write/thrown-answer', 'identity/login-thrown', 'failure/thrown-answer'],
    plain(async ({ sessions }, session, reply, response) => {
      if (!reply.isThrown) addAnswer(response, await sessions.commit(session));
      await sendReply(response, reply);
    }),
  ],
  [
    'answers though the session was not stored',
    lost,
    over(({ commit }) => ({ commit: (session) => commit(session).catch(() => nothing) })),
  ],
  [
    'leaves the headers of the lost answer on the error page',
    lost,
    failing(({ headers }, response) => {
      for (const [name, value] of headers) response.appendHeader(name, value);
      response.removeHeader('Content-Length');
      response.setHeader('Cache-Control', 'no-store');
      response.end();
    }),
  ],
  [
    'lets caches keep the error page',
    lost,
    failing((_reply, response) => response.end('error page')),
  ],
  [
    'adds no-store to what the lost answer said of caches',
    ['failure/text'],
    failing(({ headers }, response) => {
      const said = headers.filter(([name]) => name === 'Cache-Control').map(([, value]) => value);
      response.setHeader('Cache-Control', [...said, 'no-store'].join(', '));
      response.end('error page');
    }),
  ],
  [
    'leaves the source of a lost answer open',
    ['failure/source'],
    failing((_reply, response) => {
      lostAnswer(response)();
      response.end('error page');
    }),
  ],
  [
    'goes on without a session when the store is down',
    ['failure/read'],
    over(({ open }) => ({ open: (headers) => open(headers).catch(() => open({})) })),
  ],
  [
    'forgets the context',
    ['context/current', 'nested/open'],
    over(() => ({ run: (_session, task) => task() })),
  ],
  [
    'says that each request is secure',
    ['connection/secure'],
    over(({ open }) => ({ open: (headers) => open(headers, { secure: true }) })),
  ],
  [
    'believes X-Forwarded-Proto and X-Forwarded-For by itself',
    ['connection/secure', 'connection/forwarded'],
    over(({ open }) => ({
      open: (headers) => {
        const { 'x-forwarded-proto': proto, 'x-forwarded-for': address } =
          headers as IncomingMessage['headers'];
        return open(headers, { secure: proto === 'https', remoteAddress: String(address) });
      },
    })),
  ],
  [
    'does not tell the address',
    ['connection/address'],
    over(({ open }) => ({ open: (headers) => open(headers) })),
  ],
];

describe('a mistake in an adapter is found', () => {
  test.concurrent.each(eachOf(mistakes))('%s: %s', async (_mistake, id, start) => {
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
