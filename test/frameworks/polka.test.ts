import { createServer } from 'node:http';
import polka from 'polka';
import { test } from 'vitest';
import { sessionMiddleware } from '../../src/adapters/express.js';
import type { Session } from '../../src/index.js';
import { adapterSuite, type SuiteData } from '../../src/testing/adapter-suite.js';
import { listen, sendReply, suiteRequest } from '../adapters/reply.js';

adapterSuite({
  test,
  start: ({ sessions, handle }) => {
    const server = createServer();
    const app = polka({
      server,
      // Polka's own takes the code of an error for a status.
      onError: (error, _request, response) => {
        response.statusCode = (error as unknown as { status?: number }).status ?? 500;
        response.end();
      },
    });
    app.use(sessionMiddleware(sessions) as never);
    app.use((request, response, next) => {
      const { session } = request as unknown as { session: Session<SuiteData> };
      handle(suiteRequest(request), session)
        .then((reply) => sendReply(response, reply))
        .catch(next);
    });
    server.on('request', app.handler as never);
    return listen(server);
  },
});
