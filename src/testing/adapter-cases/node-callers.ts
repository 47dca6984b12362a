import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { NodeCaseDefinition, NodeSubject } from './node-case.js';

/** Callers that are no server of Node. */
export const CALLER_CASES: readonly NodeCaseDefinition[] = [
  {
    id: 'caller/serverless',
    title:
      'a caller without a connection, which collects an answer as soon as it looks ended, gets it whole and with its cookie',
    run: async ({ listener, store }) => {
      const listen = listener({
        handle: (_request, response, session) => {
          response.end(`visit ${session.increment('views')}`);
        },
      });
      const first = await collect(listen, {});
      assert.equal(first.body, 'visit 1');
      assert.equal(first.cookies.length, 1, 'the cookie is not there');
      const [cookie = ''] = first.cookies;
      const second = await collect(listen, { cookie: cookie.split(';')[0] ?? '' });
      assert.equal(second.body, 'visit 2');
      assert.deepEqual(store.calls, ['create', 'read', 'update']);
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
        const answer: object = await sessions.commit(opened);
        const headers = ('headers' in answer ? answer.headers : answer) as [string, string][];
        const cookie = headers.find(([name]) => name === 'Set-Cookie')?.[1].split(';')[0] ?? '';
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
  headers: Record<string, string>,
): Promise<{ body: string; cookies: string[] }> {
  const request = requestWith(headers);
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
  // Looks often, as one does that awaits in between.
  for (let look = 0; look < 100 && !response.writableEnded && !response.finished; look++)
    await Promise.resolve();
  if (!response.writableEnded && !response.finished) await isFinished;
  return {
    body: sent.slice(sent.indexOf('\r\n\r\n') + 4),
    cookies: [response.getHeader('set-cookie') ?? []].flat().map(String),
  };
}
