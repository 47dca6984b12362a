import { Elysia, type ElysiaConfig } from 'elysia';
import { elysiaSession } from '../../src/adapters/elysia.js';
import type { AdapterContext, SuiteData } from '../../src/testing/adapter-suite.js';
import { toResponse } from '../adapters/web-reply.js';

/** The suite's handler in an app of Elysia. */
export function elysiaApp({ sessions, handle }: AdapterContext, options: ElysiaConfig<''> = {}) {
  return new Elysia(options)
    .onError(({ error, status }) => {
      if (error instanceof Response) return error;
      return status(Number((error as { status?: number }).status ?? 500), 'error page');
    })
    .use(elysiaSession<SuiteData>(sessions))
    .all('*', async ({ request, path, session }) => {
      const reply = await handle({ method: request.method, path }, session);
      if (reply.isThrown) throw toResponse(reply);
      return toResponse(reply);
    });
}
