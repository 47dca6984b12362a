import { Readable } from 'node:stream';
import { server as createServer, type Request } from '@hapi/hapi';
import { test } from 'vitest';
import { hapiSession } from '../../src/adapters/hapi.js';
import type { Session } from '../../src/index.js';
import { adapterSuite, type SuiteData } from '../../src/testing/adapter-suite.js';

adapterSuite({
  test,
  start: async ({ sessions, handle }) => {
    const server = createServer({
      port: 0,
      host: '127.0.0.1',
      debug: false,
      compression: false,
      // hapi refuses cookies that it cannot parse, and says no-cache of each response.
      routes: { state: { parse: false }, cache: false },
    });
    await server.register(hapiSession(sessions));
    server.route({
      method: '*',
      path: '/{path*}',
      handler: async (request: Request, toolkit) => {
        const {
          status,
          headers,
          body = '',
        } = await handle(
          { method: request.method.toUpperCase(), path: request.path },
          (request as unknown as { session: Session<SuiteData> }).session,
        );
        const response = toolkit
          .response(typeof body === 'string' ? body : Readable.from(body, { objectMode: false }))
          .charset('')!
          .code(status);
        for (const [name, value] of headers)
          response.header(name, value, { append: true, separator: ', ' });
        return response;
      },
    });
    await server.start();
    const { uri } = server.info;
    return { origin: uri, stop: () => server.stop({ timeout: 100 }) };
  },
});
