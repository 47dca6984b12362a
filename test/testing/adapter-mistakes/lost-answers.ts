import { lostAnswer } from '../../../src/index.js';
import type { StartAdapter } from '../../../src/testing/adapter-suite.js';
import type { Mistakes } from '../mistakes.js';
import { failing, good, nothing, over } from './adapters.js';

const lost = ['text', 'redirect', 'stream', 'thrown-answer', 'login-later'].map(
  (kind) => `failure/${kind}`,
);

/** What goes wrong when a session cannot be read or stored. */
export const LOST_MISTAKES: Mistakes<StartAdapter> = [
  [
    'answers each failure as one of the store',
    ['failure/too-many-newcomers'],
    failing((_reply, response) => response.end()),
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
    'touches each session',
    ['failure/anonymous'],
    ({ sessions, handle }) =>
      good({ sessions, handle: (request, session) => handle(request, session.touch()) }),
  ],
];
