import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { within } from './case.js';
import type { NodeCaseDefinition, NodeSubject, SuiteResponse } from './node-case.js';

/** How a handler gives its answer. */
const ANSWERS: Readonly<Record<string, (response: SuiteResponse, text: string) => unknown>> = {
  'at-once': (response, text) => response.end(text),
  'in-parts': (response, text) => {
    response.write(text.slice(0, 2));
    response.end(text.slice(2));
  },
  later: async (response, text) => {
    await new Promise((resolve) => setImmediate(resolve));
    response.writeHead(200).end(text);
  },
};

/** Callers that are no server of Node. */
export const CALLER_CASES: readonly NodeCaseDefinition[] = [
  ...Object.entries(ANSWERS).map(
    ([form, answer]): NodeCaseDefinition => ({
      id: `caller/${form}`,
      title: `a caller without a connection, which collects an answer as soon as it looks ended, gets it whole and with its cookie (${form})`,
      run: async ({ listener, store }) => {
        const listen = listener({
          handle: ({ url }, response, session) =>
            answer(response, url === '/page' ? 'page' : `visit ${session.increment('views')}`),
        });
        const untouched = await collect(listen, '/page');
        assert.deepEqual([untouched.body, untouched.cookies], ['page', []]);
        const first = await collect(listen, '/');
        assert.equal(first.body, 'visit 1');
        assert.equal(first.cookies.length, 1, 'the cookie is not there');
        const cookie = first.cookies[0]?.split(';')[0] ?? '';
        const second = await collect(listen, '/', { cookie });
        assert.deepEqual([second.body, second.cookies], ['visit 2', []]);
        assert.deepEqual(store.calls, ['create', 'read', 'update']);
      },
    }),
  ),
  {
    id: 'caller/lost',
    title: 'a caller without a connection gets the error page when an answer is lost',
    run: async ({ listener, store }) => {
      const listen = listener({
        handle: (_request, response, session) => {
          session.set('note', 'kept');
          response.end('lost');
        },
      });
      store.fail('create');
      const lost = await collect(listen, '/');
      assert.deepEqual([lost.status, lost.body, lost.cookies], [503, 'error page', []]);
    },
  },
];

/** What is asked of an adapter that is middleware. */
export const MIDDLEWARE_CASES: readonly NodeCaseDefinition[] = [
  {
    id: 'middleware/plain',
    title: 'V-31: the middleware is a plain function of three parameters, as Restify asks',
    run: async ({ middleware, sessions }) => {
      const made = middleware?.(sessions);
      assert.equal(made?.length, 3);
      assert.equal(Object.prototype.toString.call(made), '[object Function]');
    },
  },
];

/** Socket.IO and ws run middleware on the upgrade to a WebSocket. */
export const UPGRADE_CASES: readonly NodeCaseDefinition[] = [
  ...(['none', 'hardly one'] as const).map(
    (kind): NodeCaseDefinition => ({
      id: `upgrade/${kind.replace(' ', '-')}`,
      title: `the upgrade to a WebSocket, with a response that is ${kind}, has its session`,
      run: async (subject) => {
        const { sessions, store } = subject;
        const seen: unknown[] = [];
        const opened = await sessions.open({ host: 'localhost' }, { secure: true });
        opened.set('note', 'kept');
        const [sent] = (await sessions.commit(opened)).cookies;
        const cookie = `${sent?.name}=${sent?.value}`;
        const response: { writeHead?(): void } = kind === 'none' ? {} : hardlyAResponse();
        await upgrade(subject, { cookie }, response, async () => {
          const session = sessions.current();
          seen.push(session.get('note'));
          session.increment('views');
          await session.save();
        });
        response.writeHead?.();
        const reopened = await sessions.open({ host: 'localhost', cookie }, { secure: true });
        seen.push(reopened.get('views'));
        assert.deepEqual(seen, ['kept', 1]);
        assert.equal(store.times('update'), 1);
      },
    }),
  ),
];

function upgrade(
  { middleware, sessions }: NodeSubject,
  headers: Record<string, string>,
  response: object,
  handle: () => Promise<void>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    middleware?.(sessions)(requestWith(headers) as never, response as never, (error) => {
      if (error === undefined) handle().then(resolve, reject);
      else reject(error);
    });
  });
}

function requestWith(headers: Record<string, string>): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  return Object.assign(request, {
    method: 'GET',
    url: '/',
    headers: { host: 'localhost', ...headers },
  });
}

/** As engine.io gives: some methods, and none that reads all headers. */
function hardlyAResponse(): { writeHead(): void } {
  const headers = new Map<string, unknown>();
  return Object.assign(new EventEmitter(), {
    setHeader: (name: string, value: unknown) => void headers.set(name, value),
    getHeader: (name: string) => headers.get(name),
    removeHeader: (name: string) => void headers.delete(name),
    write: () => undefined,
    writeHead: () => undefined,
    end: () => undefined,
  });
}

/**
 * As libraries do that run a listener in a serverless function: the socket is no socket, and the
 * answer is collected when the response looks ended, or says 'finish'.
 */
async function collect(
  listen: (request: IncomingMessage, response: ServerResponse) => unknown,
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: string; cookies: string[] }> {
  const request = Object.assign(requestWith(headers), { url });
  request.push(null);
  request.complete = true;
  const response = new ServerResponse(request);
  let sent = '';
  const socket = {
    _writableState: {},
    writable: true,
    on: () => socket,
    once: () => socket,
    removeListener: () => socket,
    cork: () => undefined,
    uncork: () => undefined,
    destroy: () => socket,
    write: (chunk: unknown, encoding: unknown, callback?: () => void) => {
      sent += String(chunk);
      const done = typeof encoding === 'function' ? encoding : callback;
      done?.();
      return true;
    },
  };
  response.assignSocket(socket as never);
  listen(request, response);
  const isFinished = once(response, 'finish');
  const looksEnded = (): boolean => response.writableEnded || response.finished;
  // Looks often, as one does that awaits in between.
  for (let look = 0; look < 200 && !looksEnded(); look++)
    await (look < 100 ? undefined : new Promise((resolve) => setImmediate(resolve)));
  if (!looksEnded()) await within(isFinished, 'the answer did not come to its end');
  return {
    status: response.statusCode,
    body: sent.slice(sent.indexOf('\r\n\r\n') + 4),
    cookies: [response.getHeader('set-cookie') ?? []].flat().map(String),
  };
}
