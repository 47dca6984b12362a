import express5 from 'express';
import express4 from 'express4';
import { describe, test } from 'vitest';
import { sessionMiddleware } from '../../src/adapters/express.js';
import type { Session } from '../../src/index.js';
import { type AdapterContext, adapterSuite, type SuiteData } from '../../src/testing/adapter-suite.js';
import { listen, sendReply, suiteRequest } from './reply.js';

const versions = { 'Express 4': express4 as unknown as typeof express5, 'Express 5': express5 };

describe.each(Object.entries(versions))('%s', (_name, express) => {
  describe('contract', () => {
    adapterSuite({
      test,
      start: ({ sessions, handle }: AdapterContext) => {
        const app = express();
        app.set('env', 'test').disable('x-powered-by');
        app.use(sessionMiddleware(sessions));
        app.use((request, response, next) => {
          const session = request.session as unknown as Session<SuiteData>;
          handle(suiteRequest(request), session)
            .then((reply) => sendReply(response, reply))
            .catch(next);
        });
        return listen(app);
      },
    });
  });
});
