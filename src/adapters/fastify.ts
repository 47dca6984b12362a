import { isSessionError, SessionError } from '../core/errors.js';
import type { DefaultData, Session } from '../core/session.js';
import type { Sessions } from '../core/sessions.js';
import { addAnswer, lostAnswer } from './answers/answer.js';
import { requireSessions } from './answers/required.js';
import { type FastifyReply, headersOfReply, letGo } from './fastify/reply.js';
import { connectionOf, headersOf, type NodeRequest } from './node/request.js';

export type { FastifyReply } from './fastify/reply.js';

/** The parts of a Fastify request that the plugin uses. */
export interface FastifyRequest {
  readonly raw: NodeRequest;
  session?: unknown;
}

type Done = (error?: Error) => void;

/** The parts of a Fastify instance that the plugin uses. */
export interface FastifyInstance {
  decorateRequest(name: string): unknown;
  hasRequestDecorator(name: string): boolean;
  // Fastify's overloads accept no hook whose types list only some parts.
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

/** Options of {@link fastifySession}. */
export interface FastifySessionOptions<Data extends object = DefaultData> {
  /** The result of `createSessions`. */
  sessions: Sessions<Data>;
}

/** The sessions that an instance and its children use. */
const OWN = Symbol('sojourn');

/**
 * Fastify plugin that puts the visitor's session on `request.session`, for every route of the
 * instance that registers the plugin: `app.register(fastifySession, { sessions })`. A reply leaves
 * once its session is stored, error pages included. When storing fails, the error goes to the error
 * handler with its status: 503 when another try may help, 500 otherwise. A reply that was hijacked
 * does not store its session: call `session.save()` yourself. Registering the plugin again with the
 * same sessions does nothing.
 * @throws `invalid-option` when `sessions` does not come from `createSessions`, or when requests
 * already have another `session`.
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
      const { statusCode: status } = reply;
      addAnswer(headersOfReply(reply), await sessions.commit(session, { status }));
    } catch (error) {
      lose(request);
      // Error handlers other than Fastify's own do not ask the error for its headers.
      const headers = isSessionError(error) ? error.headers : undefined;
      if (headers !== undefined) reply.header('Retry-After', headers['Retry-After']);
      letGo(payload);
      throw error;
    }
    return payload;
  });

  /** No header of the lost answer gets into the error page. */
  function lose(request: FastifyRequest): void {
    takeBack.get(request)?.();
    takeBack.delete(request);
  }
}

// As fastify-plugin does: the hooks belong to the instance that registers the plugin.
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
