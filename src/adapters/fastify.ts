import { SessionError } from '../core/errors.js';
import type { DefaultData, Session } from '../core/session.js';
import type { Sessions } from '../core/sessions.js';
import { addAnswer, lostAnswer, type NodeHeaderMethods } from './answers/answer.js';
import { requireSessions } from './answers/required.js';
import { connectionOf, headersOf, type NodeRequest } from './node/request.js';

/** The part of a request of Fastify that is used. */
export interface FastifyRequest {
  readonly raw: NodeRequest;
  session?: unknown;
}

/** The part of a reply of Fastify that is used. */
export interface FastifyReply {
  getHeader(name: string): number | string | string[] | undefined;
  getHeaders(): Record<string, number | string | string[] | undefined>;
  header(name: string, value: unknown): unknown;
  removeHeader(name: string): unknown;
}

type Done = (error?: Error) => void;

/** The part of an instance of Fastify that is used. */
export interface FastifyInstance {
  decorateRequest(name: string): unknown;
  hasRequestDecorator(name: string): boolean;
  // The overloads of Fastify accept no hook that is described by its parts.
  addHook(name: 'onRequest', hook: never): unknown;
  addHook(name: 'onSend', hook: never): unknown;
}

interface Hooks {
  addHook(
    name: 'onRequest',
    hook: (request: FastifyRequest, reply: FastifyReply, done: Done) => void,
  ): unknown;
  addHook(
    name: 'onSend',
    hook: (request: FastifyRequest, reply: FastifyReply, payload: unknown) => Promise<unknown>,
  ): unknown;
}

/** Settings of {@link fastifySession}. */
export interface FastifySessionOptions<Data extends object = DefaultData> {
  /** What `createSessions` gave. */
  sessions: Sessions<Data>;
}

/** The sessions that an instance and its children have. */
const OWN = Symbol('sojourn');

/**
 * Fastify plugin that puts the visitor's session on `request.session`, for every route of the
 * instance that registers the plugin: `app.register(fastifySession, { sessions })`. A reply leaves
 * once its session is stored, error pages included. When that fails, the error goes to the error
 * handler with the status 503. A reply that was hijacked is not stored: call `session.save()`.
 * Registered again with the same sessions, it does nothing.
 * @throws `invalid-option` for what `createSessions` did not make, and where requests have another
 * `session` already.
 */
export async function fastifySession<Data extends object = DefaultData>(
  app: FastifyInstance,
  { sessions }: FastifySessionOptions<Data>,
): Promise<void> {
  requireSessions(sessions, 'fastifySession');
  if ((app as { [OWN]?: unknown })[OWN] === sessions) return;
  if (app.hasRequestDecorator('session')) throw taken();
  Object.assign(app, { [OWN]: sessions });
  const takeBack = new WeakMap<FastifyRequest, () => void>();
  const hooks = app as Hooks;
  app.decorateRequest('session');

  hooks.addHook('onRequest', (request, reply, next) => {
    takeBack.set(request, lostAnswer(headersOfReply(reply)));
    sessions.open(headersOf(request.raw), connectionOf(request.raw)).then(
      (session) => {
        request.session = session;
        sessions.run(session, next);
      },
      (error: Error) => {
        lose(request);
        next(error);
      },
    );
  });

  hooks.addHook('onSend', async (request, reply, payload) => {
    const session = request.session as Session<Data> | undefined;
    // Another hook refused the request first, or the session failed already.
    if (session === undefined || !takeBack.has(request)) return payload;
    try {
      addAnswer(headersOfReply(reply), await sessions.commit(session));
    } catch (error) {
      lose(request);
      letGo(payload);
      throw error;
    }
    return payload;
  });

  /** Nothing of the answer that is lost gets into the error page. */
  function lose(request: FastifyRequest): void {
    takeBack.get(request)?.();
    takeBack.delete(request);
  }
}

// What fastify-plugin sets: the hooks are those of the instance that registers the plugin.
Object.assign(fastifySession, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'sojourn',
  [Symbol.for('plugin-meta')]: { name: 'sojourn', fastify: '>=4' },
});

function taken(): SessionError {
  return new SessionError(
    'invalid-option',
    'Requests have a session already, of another plugin or of other sessions. Register each in an instance of its own, none of them inside the other.',
  );
}

function headersOfReply(reply: FastifyReply): NodeHeaderMethods {
  return {
    getHeader: (name) => reply.getHeader(name),
    setHeader(name, value) {
      // Fastify adds to cookies that are there.
      reply.removeHeader(name);
      reply.header(name, value);
    },
    removeHeader: (name) => reply.removeHeader(name),
    getHeaders: () => reply.getHeaders(),
  };
}

/** Stops the stream that nobody reads. */
function letGo(payload: unknown): void {
  const { destroy, cancel } = Object(payload) as { destroy?: () => void; cancel?: () => void };
  if (typeof destroy === 'function') destroy.call(payload);
  else if (typeof cancel === 'function') cancel.call(payload);
}
