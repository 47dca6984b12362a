import { once } from 'node:events';
import { addAnswer, addHeaders } from '../../../src/index.js';
import type { StartAdapter } from '../../../src/testing/adapter-suite.js';
import { listen, sendReply, suiteRequest } from '../../adapters/reply.js';
import type { Mistakes } from '../mistakes.js';
import { over, plain } from './adapters.js';

const late = ['write', 'login', 'regenerate'];

/** What an adapter does wrong with the answer. */
export const ANSWER_MISTAKES: Mistakes<StartAdapter> = [
  [
    'stores after the response',
    ['text', 'redirect', 'empty', 'error', 'stream'].map((kind) => `write/held-${kind}`),
    plain(async ({ sessions }, session, reply, response) => {
      await sendReply(response, reply);
      await sessions.commit(session);
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
    'writes the cookie into the error',
    ['write/shared-error'],
    ({ sessions, handle }) =>
      listen(async (request, response) => {
        const session = await sessions.open(request.headers);
        try {
          await sendReply(response, await handle(suiteRequest(request), session));
        } catch (error) {
          const shared = error as { headers?: [string, string][] };
          const { headers } = await sessions.commit(session);
          shared.headers = [
            ...(shared.headers ?? []),
            ...headers.map(([name, value]): [string, string] => [name, value]),
          ];
          response.statusCode = 500;
          for (const [name, value] of shared.headers) response.appendHeader(name, value);
          response.end();
        }
      }),
  ],
  [
    'commits only what went well',
    ['write/error-status', 'write/held-error'],
    plain(async ({ sessions }, session, reply, response) => {
      if (reply.status < 400) addAnswer(response, await sessions.commit(session));
      await sendReply(response, reply);
    }),
  ],
  [
    'does not commit an answer without a body',
    ['write/no-body'],
    plain(async ({ sessions }, session, reply, response, { method }) => {
      const hasBody = method !== 'HEAD' && reply.body !== undefined;
      if (hasBody) addAnswer(response, await sessions.commit(session));
      await sendReply(response, reply);
    }),
  ],
  [
    'answers each error of a handler by itself, with 500',
    ['write/throw', 'failure/login', 'failure/thrown'],
    (context) =>
      listen(async (request, response) => {
        const session = await context.sessions.open(request.headers);
        try {
          const reply = await context.handle(suiteRequest(request), session);
          addAnswer(response, await context.sessions.commit(session));
          await sendReply(response, reply);
        } catch {
          response.statusCode = 500;
          response.end();
        }
      }),
  ],
  [
    'keeps what was flashed',
    ['write/flash'],
    plain(async ({ sessions }, session, reply, response) => {
      addAnswer(response, await sessions.commit(session.reflash()));
      await sendReply(response, reply);
    }),
  ],
  [
    'does not tell the status of the answer',
    ['write/flash-reaches-its-page'],
    over(({ answerNow, commit }) => ({
      answerNow: (session) => answerNow(session),
      commit: (session) => commit(session),
    })),
  ],
  [
    'writes all data back',
    ['write/parallel'],
    plain(async ({ sessions }, session, reply, response) => {
      for (const [key, value] of Object.entries(session.all()))
        session.set(key as 'note', value as string);
      addAnswer(response, await sessions.commit(session));
      await sendReply(response, reply);
    }),
  ],
  [
    'says nothing to caches',
    ['read/vary', 'headers/vary', 'headers/cache-control'],
    plain(async ({ sessions }, session, reply, response) => {
      const { headers } = await sessions.commit(session);
      addAnswer(response, { headers: headers.filter(([name]) => name === 'Set-Cookie') });
      await sendReply(response, reply);
    }),
  ],
  [
    'sends one header of each name',
    ['headers/others'],
    plain(async ({ sessions }, session, reply, response) => {
      addAnswer(response, await sessions.commit(session));
      await sendReply(response, { ...reply, headers: [...new Map(reply.headers)] });
    }),
  ],
  [
    'looks at the first chunk, and forgets it',
    ['stream/order'],
    plain(async ({ sessions }, session, reply, response) => {
      addAnswer(response, await sessions.commit(session));
      if (typeof reply.body === 'object') await reply.body[Symbol.asyncIterator]().next();
      await sendReply(response, reply);
    }),
  ],
  [
    'collects a body before it is sent',
    ['stream/pressure'],
    plain(async ({ sessions }, session, reply, response) => {
      addAnswer(response, await sessions.commit(session));
      const chunks: Uint8Array[] = [];
      if (typeof reply.body === 'object') for await (const chunk of reply.body) chunks.push(chunk);
      response.end(chunks.length > 0 ? Buffer.concat(chunks) : reply.body);
    }),
  ],
  [
    'waits for a client that went away',
    ['stream/abort'],
    plain(async ({ sessions }, session, { body }, response) => {
      addAnswer(response, await sessions.commit(session));
      if (typeof body === 'object')
        for await (const chunk of body) {
          if (!response.write(chunk)) await once(response, 'drain');
        }
      response.end(typeof body === 'object' ? undefined : body);
    }),
  ],
  [
    'does not store for a client that went away',
    ['stream/gone'],
    plain(async ({ sessions }, session, reply, response) => {
      if (response.destroyed) return;
      addAnswer(response, await sessions.commit(session));
      await sendReply(response, reply);
    }),
  ],
  [
    'ends the session of a client that went away',
    ['stream/gone-held'],
    plain(async ({ sessions }, session, reply, response) => {
      addAnswer(response, await sessions.commit(session));
      if (response.destroyed) await session.destroy();
      else await sendReply(response, reply);
    }),
  ],
];
