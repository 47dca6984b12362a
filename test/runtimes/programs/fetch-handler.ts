import { SessionError } from 'sojourn';
import { sessionHandler } from 'sojourn/fetch';
import type { AdapterContext, SuiteData } from 'sojourn/testing';
import { toResponse } from '../../adapters/web-reply.js';

/** The adapter suite's handler behind `sojourn/fetch`. */
export function fetchHandler({
  sessions,
  handle,
}: AdapterContext): (request: Request, address?: string) => Promise<Response> {
  return sessionHandler<SuiteData, [address?: string]>(
    sessions,
    async (request, session) => {
      const { pathname: path } = new URL(request.url);
      const reply = await handle({ method: request.method, path }, session);
      if (reply.isThrown) throw toResponse(reply);
      return toResponse(reply);
    },
    {
      connection: (_request, remoteAddress) => ({ remoteAddress }),
      onError: (error) =>
        new Response('error page', { status: error instanceof SessionError ? error.status : 500 }),
    },
  );
}
