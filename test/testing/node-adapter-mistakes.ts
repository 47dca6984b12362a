import { AsyncLocalStorage } from 'node:async_hooks';
import { type IncomingMessage, ServerResponse } from 'node:http';
import { sessionMiddleware } from '../../src/adapters/express.js';
import { openSession, sessionListener } from '../../src/adapters/node.js';
import { addAnswer, lostAnswer, type Session } from '../../src/index.js';
import type { SuiteData } from '../../src/testing/adapter-suite.js';
import type {
  NodeAdapterContext,
  NodeListener,
  NodeMiddleware,
} from '../../src/testing/node-adapter-suite.js';
import type { Mistakes } from './mistakes.js';

type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  session: Session<SuiteData>,
) => unknown;
/** Puts sessions around a handler. */
type Layer = (
  context: NodeAdapterContext,
  handle: Handler,
) => (request: IncomingMessage, response: ServerResponse) => Promise<unknown>;

/** A listener of one layer, or of two where the case asks for that. */
function layered(layer: Layer): NodeListener {
  return (context) => {
    const { before, between, handle } = context;
    const inner = layer(context, handle);
    const outer = layer(context, (request, response, session) => {
      between?.(request, response, session);
      return inner(request, response);
    });
    return (request, response) => {
      before(request, response);
      return between === undefined ? inner(request, response) : outer(request, response);
    };
  };
}

const goodLayer: Layer = ({ sessions, onError }, handle) =>
  sessionListener(sessions, handle, { onError });
export const good = layered(goodLayer);
export const goodMiddleware = sessionMiddleware as unknown as NodeMiddleware;

/** The good adapter, where errors go through `onError`. */
function answering(
  onError: (
    context: NodeAdapterContext,
    error: unknown,
    request: IncomingMessage,
    response: ServerResponse,
  ) => unknown,
): NodeListener {
  return layered((context, handle) =>
    goodLayer({ ...context, onError: (...parameters) => onError(context, ...parameters) }, handle),
  );
}

const METHODS = ['writeHead', 'write', 'end', 'flushHeaders'] as const;
type Methods = Record<(typeof METHODS)[number], (...parameters: unknown[]) => unknown>;

const methodsOn = (response: object): Methods =>
  Object.fromEntries(METHODS.map((method) => [method, (response as Methods)[method]])) as Methods;

/** Keeps each call on the response, and makes it by `methodsOf` once the session is stored. */
function keeping(methodsOf: (response: ServerResponse) => Methods): NodeListener {
  return layered(({ sessions, onError }, handle) => async (request, response) => {
    const session = await sessions.open(request.headers);
    const takeBack = lostAnswer(response);
    const methods = methodsOf(response);
    const calls: (() => unknown)[] = [];
    for (const method of METHODS)
      (response as Partial<Methods>)[method] = (...parameters) => {
        calls.push(() => methods[method].apply(response, parameters));
        if (calls.length === 1) void commit();
        return method === 'write' ? false : response;
      };
    try {
      await sessions.run(session, () => handle(request, response, session));
    } catch (error) {
      onError(error, request, response);
    }

    async function commit(): Promise<void> {
      try {
        addAnswer(response, await sessions.commit(session));
        Object.assign(response, methods);
        for (const call of calls) call();
      } catch (error) {
        Object.assign(response, methods);
        takeBack();
        response.statusCode = 503;
        onError(error, request, response);
      }
    }
  });
}

/** Adapters with one mistake each, and the cases that must see it. */
export const mistakes: Mistakes<NodeListener> = [
  [
    'says of no answer that it was ended',
    ['held/finished'],
    (context) => (request, response) => {
      Object.defineProperty(response, 'finished', { get: () => false, set: () => undefined });
      return good(context)(request, response);
    },
  ],
  [
    'says that an answer was ended before a caller without a connection has it',
    ['caller/at-once', 'caller/in-parts', 'caller/later', 'caller/lost'],
    (context) => (request, response) => {
      const { end } = response;
      response.end = (...parameters: unknown[]) => {
        response.finished = true;
        setImmediate(() => {
          response.finished = false;
          end.apply(response, parameters as never);
        });
        return response;
      };
      return good(context)(request, response);
    },
  ],
  [
    'says that an answer was ended, and lets the server close its connection',
    ['held/shutdown'],
    layered(({ sessions }, handle) => async (request, response) => {
      const session = await sessions.open(request.headers);
      const { end } = response;
      response.end = (...parameters: unknown[]) => {
        response.finished = true;
        void sessions.commit(session).then((answer) => {
          response.finished = false;
          addAnswer(response, answer);
          end.apply(response, parameters as never);
        });
        return response;
      };
      return sessions.run(session, () => handle(request, response, session));
    }),
  ],
  [
    'breaks the connection when the handler fails after its answer',
    ['held/failed-after'],
    layered((context, handle) =>
      goodLayer(context, async (request, response, session) => {
        try {
          await handle(request, response, session);
        } catch {
          response.destroy();
        }
      }),
    ),
  ],
  [
    'keeps all calls, and knows nothing of what others do meanwhile',
    [
      'held/head-hooks',
      'held/flush-in-front',
      'held/flush-behind',
      'lost/callbacks',
      'lost/source',
      'mounted/lost',
      'held/refused',
    ],
    keeping(methodsOn),
  ],
  [
    'goes past what is in front of it',
    ['held/head-hooks-in-front', 'held/flush-in-front'],
    keeping(() => {
      const methods = methodsOn(ServerResponse.prototype);
      const withHead = (method: 'write' | 'end') =>
        function (this: ServerResponse, ...parameters: unknown[]) {
          if (!this.headersSent) methods.writeHead.call(this, this.statusCode);
          return methods[method].apply(this, parameters);
        };
      return { ...methods, write: withHead('write'), end: withHead('end') };
    }),
  ],
  [
    'holds back what has nothing to wait for',
    ['held/nothing'],
    layered(({ sessions, ...context }, handle) =>
      goodLayer({ ...context, sessions: { ...sessions, answerNow: () => undefined } }, handle),
    ),
  ],
  [
    'lets the lost handler answer',
    ['lost/context', 'lost/behind', 'lost/shared-source'],
    layered(({ sessions, onError }, handle) => async (request, response) => {
      const session = await sessions.open(request.headers);
      const { write, end } = response;
      let hasFailed = false;
      Object.assign(response, {
        write: (...parameters: unknown[]) =>
          !hasFailed || write.apply(response, parameters as never),
        end: (...parameters: unknown[]) =>
          hasFailed ? end.apply(response, parameters as never) : response,
      });
      const handled = sessions.run(session, () => handle(request, response, session));
      try {
        addAnswer(response, await sessions.commit(session));
        Object.assign(response, { write, end });
      } catch (error) {
        hasFailed = true;
        response.statusCode = 503;
        onError(error, request, response);
      }
      await handled;
    }),
  ],
  [
    'takes whoever answers without its context for the lost handler',
    ['lost/context'],
    answering(({ onError }, error, request, response) => {
      const inside = new AsyncLocalStorage<boolean>();
      const { end } = response;
      response.end = (...parameters: unknown[]) =>
        inside.getStore() ? end.apply(response, parameters as never) : response;
      return inside.run(true, () => onError(error, request, response));
    }),
  ],
  [
    'stops the sources of a lost answer',
    ['lost/shared-source'],
    (context) => (request, response) => {
      const sources: { destroy(error: Error): void }[] = [];
      response.on('pipe', (source) => sources.push(source));
      return answering(({ onError }, error, ...rest) => {
        for (const source of sources) source.destroy(new Error('lost'));
        return onError(error, ...rest);
      })(context)(request, response);
    },
  ],
  [
    'gives the error page a session of its own, which nobody stores',
    ['lost/error-page'],
    answering(async ({ sessions, onError }, error, request, response) =>
      sessions.run(await sessions.open(request.headers), () => onError(error, request, response)),
    ),
  ],
  [
    'opens its session outside of the context',
    ['mounted/twice'],
    layered(({ sessions, onError }, handle) => {
      const outside = AsyncLocalStorage.snapshot();
      return async (request, response) => {
        const session = await outside(() =>
          openSession(sessions, request, response, (error) => onError(error, request, response)),
        );
        await sessions.run(session, () => handle(request, response, session));
      };
    }),
  ],
];

export const middlewareMistakes: Mistakes<NodeMiddleware> = [
  [
    'takes each response for one',
    ['upgrade/none', 'upgrade/hardly-one'],
    (sessions) => (request, response, next) => {
      (response as ServerResponse).getHeaders();
      return goodMiddleware(sessions)(request, response, next);
    },
  ],
  [
    'is an asynchronous function',
    ['middleware/plain'],
    (sessions) => async (request, response, next) => {
      goodMiddleware(sessions)(request, response, next);
    },
  ],
];
