import type { IncomingMessage } from 'node:http';
import { addAnswer, type Session } from '../../../src/index.js';
import type { StartAdapter, SuiteData } from '../../../src/testing/adapter-suite.js';
import { sendReply } from '../../adapters/reply.js';
import type { Mistakes } from '../mistakes.js';
import { good, nothing, over, plain } from './adapters.js';

/** What an adapter does wrong with its session. */
export const SESSION_MISTAKES: Mistakes<StartAdapter> = [
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
  [
    'decodes all cookies',
    ['untouched/malformed'],
    over(({ open }) => ({
      open: (headers) => {
        decodeURIComponent((headers as IncomingMessage['headers']).cookie ?? '');
        return open(headers);
      },
    })),
  ],
  [
    'sends back the cookie that came',
    ['untouched/unknown'],
    plain(async ({ sessions }, session, reply, response, { headers }) => {
      addAnswer(response, await sessions.commit(session));
      if (headers.cookie !== undefined) response.appendHeader('Set-Cookie', headers.cookie);
      await sendReply(response, reply);
    }),
  ],
  [
    'takes away a cookie that leads to no session',
    ['identity/late'],
    plain(async ({ sessions }, session, reply, response, { headers: { cookie } }) => {
      addAnswer(response, await sessions.commit(session));
      if (cookie !== undefined && session.isNew)
        response.appendHeader('Set-Cookie', `${cookie}; Path=/; Secure; Max-Age=0`);
      await sendReply(response, reply);
    }),
  ],
  [
    'hands on cookies as names with one value each',
    ['identity/duplicate'],
    over(({ open }) => ({
      open: (headers) => {
        const { cookie = '', ...others } = headers as IncomingMessage['headers'];
        const pairs = new Map(
          cookie.split('; ').map((pair) => pair.split('=') as [string, string]),
        );
        const kept = [...pairs].map((pair) => pair.join('=')).join('; ');
        return open({ ...others, cookie: kept });
      },
    })),
  ],
  [
    'sends no cookie to who has one',
    ['login', 'login-later', 'logout', 'destroy', 'goodbye', 'persistent'].map(
      (kind) => `identity/${kind}`,
    ),
    plain(async ({ sessions }, session, reply, response, { headers: { cookie } }) => {
      const { headers } = await sessions.commit(session);
      const sent = headers.filter(([name]) => cookie === undefined || name !== 'Set-Cookie');
      addAnswer(response, { headers: sent });
      await sendReply(response, reply);
    }),
  ],
];
