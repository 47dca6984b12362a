import { session } from '../core/context.js';
import { SessionError } from '../core/errors.js';
import type { DefaultData } from '../core/session.js';
import type { Sessions } from '../core/sessions.js';
import { requireSessions } from './answers/required.js';
import { type SessionMiddleware, sessionMiddleware } from './express.js';
import { type FastifyInstance, type FastifySessionOptions, fastifySession } from './fastify.js';

/** The token of the sessions in Nest's container: `@Inject(SESSIONS) sessions: Sessions<Data>`. */
export const SESSIONS: unique symbol = Symbol('sojourn.sessions');

/** What `forRoot` takes, and what the factory of `forRootAsync` gives. */
export interface SessionModuleOptions<Data extends object = DefaultData> {
  /** What `createSessions` gave. */
  sessions: Sessions<Data>;
}

/** What `forRootAsync` takes. */
export interface SessionModuleAsyncOptions<Data extends object, Dependencies extends unknown[]> {
  /** Modules that export what is injected. */
  imports?: readonly unknown[] | undefined;
  /** Tokens of what the factory is called with. */
  inject?: readonly unknown[] | undefined;
  useFactory: (
    ...dependencies: Dependencies
  ) => SessionModuleOptions<Data> | Promise<SessionModuleOptions<Data>>;
}

/** A dynamic module as Nest takes it. */
export interface SessionDynamicModule {
  module: typeof SessionModule;
  global: true;
  imports: never[];
  providers: { provide: symbol; inject: never[]; useFactory: (...given: never[]) => unknown }[];
  exports: symbol[];
}

/** The part of an HTTP adapter of Nest that is used. */
interface HttpAdapter {
  getType(): string;
  getInstance(): unknown;
  use(middleware: SessionMiddleware): unknown;
}

interface PluginHost {
  register(
    plugin: (app: FastifyInstance, options: FastifySessionOptions) => Promise<void>,
    options: FastifySessionOptions,
  ): PromiseLike<unknown>;
}

/**
 * Module of Nest 12 and 11 that puts the visitor's session on the request, where Nest's own
 * `@Session()` finds it, for every route of the application, on Express and on Fastify: `imports:
 * [SessionModule.forRoot({ sessions })]`.
 */
export class SessionModule {
  #sessions: Sessions | undefined;

  /** @throws `invalid-option` for what `createSessions` did not make. */
  static forRoot<Data extends object = DefaultData>(
    options: SessionModuleOptions<Data>,
  ): SessionDynamicModule {
    requireSessions(options.sessions, 'SessionModule.forRoot');
    return SessionModule.forRootAsync({ useFactory: () => options });
  }

  /** As {@link SessionModule.forRoot}, with what a factory gives; Nest injects its parameters. */
  static forRootAsync<Data extends object = DefaultData, Dependencies extends unknown[] = never[]>({
    imports = [],
    inject = [],
    useFactory,
  }: SessionModuleAsyncOptions<Data, Dependencies>): SessionDynamicModule {
    const sessionsFor = async (module: SessionModule, ...dependencies: Dependencies) => {
      const { sessions } = await useFactory(...dependencies);
      requireSessions(sessions, 'SessionModule.forRootAsync');
      module.#sessions = sessions as unknown as Sessions;
      return sessions;
    };
    return {
      module: SessionModule,
      global: true,
      imports: [...imports] as never[],
      providers: [
        {
          provide: SESSIONS,
          // The instance of this module is one of its providers, so no decorator is needed.
          inject: [SessionModule, ...inject] as never[],
          useFactory: sessionsFor as (...given: never[]) => unknown,
        },
      ],
      exports: [SESSIONS],
    };
  }

  /** Called by Nest, in front of all middleware and routes. */
  async configure(consumer: object): Promise<void> {
    const adapter = (consumer as { getHttpAdapter(): HttpAdapter }).getHttpAdapter();
    const sessions = this.#sessions;
    if (sessions === undefined)
      throw new SessionError(
        'invalid-option',
        'SessionModule has no sessions. Write imports: [SessionModule.forRoot({ sessions })].',
      );
    if (adapter.getType() === 'fastify')
      await (adapter.getInstance() as PluginHost).register(fastifySession, { sessions });
    else adapter.use(sessionMiddleware(sessions));
  }
}

/**
 * A guard that lets only visitors pass who are logged in: `@UseGuards(loggedInGuard(
 * UnauthorizedException))`. For all others it throws the exception that is given, so the filters of
 * the application know it.
 */
export function loggedInGuard(Refusal: new () => Error): { canActivate(): boolean } {
  return {
    canActivate: () => {
      if (session().userId !== undefined) return true;
      throw new Refusal();
    },
  };
}
