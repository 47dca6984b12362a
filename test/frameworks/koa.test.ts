import { Readable } from 'node:stream';
import Koa3 from 'koa';
import Koa2 from 'koa2';
import { describe, test } from 'vitest';
import { koaSession, type SessionContext } from '../../src/adapters/koa.js';
import { adapterSuite, type SuiteData } from '../../src/testing/adapter-suite.js';
import { listen, suiteRequest } from '../adapters/reply.js';

const versions = { 'Koa 3': Koa3, 'Koa 2': Koa2 as unknown as typeof Koa3 };

describe.each(Object.entries(versions))('%s', (_name, Koa) => {
  adapterSuite({
    test,
    start: ({ sessions, handle }) => {
      const app = new Koa<Koa3.DefaultState, SessionContext<SuiteData>>();
      app.silent = true;
      app.use(koaSession(sessions));
      app.use(async (context) => {
        const {
          status,
          headers,
          body = '',
        } = await handle(suiteRequest(context.req), context.session);
        for (const [name, value] of headers) context.append(name, value);
        context.body = typeof body === 'string' ? body : Readable.from(body);
        context.status = status;
      });
      return listen(app.callback());
    },
  });
});
