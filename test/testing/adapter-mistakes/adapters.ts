import type { IncomingMessage, ServerResponse } from 'node:http';
import { sessionListener } from '../../../src/adapters/node.js';
import { type Answer, addAnswer, type Session, type Sessions } from '../../../src/index.js';
import type {
  AdapterContext,
  StartAdapter,
  SuiteData,
  SuiteReply,
} from '../../../src/testing/adapter-suite.js';
import { listen, sendReply, suiteRequest } from '../../adapters/reply.js';

export const good: StartAdapter = ({ sessions, handle }) =>
  listen(
    sessionListener(sessions, async (request, response, session) =>
      sendReply(response, await handle(suiteRequest(request), session)),
    ),
  );

/** The good adapter, over sessions of which some parts are other ones. */
export function over(change: (sessions: Sessions<SuiteData>) => Partial<Sessions<SuiteData>>) {
  return ({ sessions, handle }: AdapterContext) =>
    good({ sessions: { ...sessions, ...change(sessions) }, handle });
}

/** An adapter that commits once the handler has given its reply. */
export function plain(
  answer: (
    context: AdapterContext,
    session: Session<SuiteData>,
    reply: SuiteReply,
    response: ServerResponse,
    request: IncomingMessage,
  ) => Promise<void>,
): StartAdapter {
  return (context) =>
    listen(async (request, response) => {
      const session = await context.sessions.open(request.headers);
      const reply = await context.handle(suiteRequest(request), session);
      await answer(context, session, reply, response, request);
    });
}

/** An adapter whose error page is `onError`. */
export function failing(
  onError: (reply: SuiteReply, response: ServerResponse) => unknown,
): StartAdapter {
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

export const nothing: Answer = { headers: [], cookies: [] };
