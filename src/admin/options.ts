import { inspect } from 'node:util';
import { SessionError } from '../core/errors.js';
import { clockMilliseconds, type Duration } from '../core/expiry.js';
import { refuseUnknown } from '../core/known-options.js';
import type { Sessions } from '../core/sessions.js';
import type { ServerFacts } from '../health/server.js';
import { type CrossSiteRules, readCrossSiteOptions } from '../http/cross-site.js';
import type { UserAgentParser } from '../pages/device-name.js';
import type { Filter } from './filter.js';

/** The methods of sessions that the dashboard calls. */
export type AdminSessions = Pick<
  Sessions<object>,
  'on' | 'list' | 'read' | 'ofUser' | 'destroy' | 'destroyUser' | 'count'
>;

/** What {@link AdminOptions.authorize} may return. */
export type Authorized = string | Response | undefined;

/** Something that an operator is about to do, for an audit log. */
export type AdminAction = { readonly operator: string } & (
  | { readonly action: 'showValues' | 'end'; readonly id: string }
  | { readonly action: 'countMatching' | 'endMatching'; readonly filter: Filter }
);

/** Settings of `createAdmin`. */
export interface AdminOptions {
  /**
   * Returns the name of the operator who sent the request. For everybody else, return `undefined`:
   * the answer is status 403 and nothing more. Or return a `Response`, such as a redirect to your
   * login: it is the answer.
   */
  authorize(request: Request): Authorized | Promise<Authorized>;
  /** The path under which the dashboard is mounted: `'/admin/sessions'`. Default `'/'`. */
  basePath?: string | undefined;
  /**
   * Called before each action, and awaited. If it throws, the action is not done, and the answer is
   * status 500.
   */
  onAction?: ((action: AdminAction, request: Request) => unknown) | undefined;
  /** Names devices: `import bowser from 'bowser'`. Default: the user agent is shown as it is. */
  bowser?: UserAgentParser | undefined;
  /**
   * Other origins that may change something, such as `'https://admin.example.com'` where a proxy
   * does not pass the `Host` header on. Default none.
   */
  trustedOrigins?: readonly string[] | undefined;
  /**
   * How long the store keeps facts about a session that ended, such as the reason and the user, but
   * neither token nor data. Default `'30d'`; `false` keeps none. Each session that ends costs one
   * record, or two if it had a user, written after the response; the first one of each hour in a
   * process costs one more. Needs a store with `byUser`.
   */
  endedFor?: Duration | false | undefined;
  /**
   * Functions that ask the store's server for its settings and its clock, for the page Health.
   * Default none: the page then checks neither. `npx sojourn dashboard` gives this option for
   * servers that it knows.
   */
  server?: ServerFacts | undefined;
  /** The present instant in epoch milliseconds. Default `Date.now`. */
  now?: (() => number) | undefined;
}

/** The options: checked and complete. */
export interface AdminSettings {
  readonly authorize: AdminOptions['authorize'];
  /** Without a slash at its end. */
  readonly basePath: string;
  readonly onAction: (action: AdminAction, request: Request) => unknown;
  readonly bowser: UserAgentParser | undefined;
  readonly rules: CrossSiteRules;
  /** In milliseconds. */
  readonly endedFor: number | false;
  readonly server: ServerFacts | undefined;
  readonly now: () => number;
}

const KNOWN = [
  'authorize',
  'basePath',
  'onAction',
  'bowser',
  'trustedOrigins',
  'endedFor',
  'server',
  'now',
];
const BASE_PATH = /^(?:\/[\w.~-]+)*$/;

/** @throws `invalid-option`. */
export function readAdminOptions(options: AdminOptions): AdminSettings {
  const given: Partial<AdminOptions> = Object(options);
  const { authorize, onAction = () => undefined, bowser, now = Date.now } = given;
  if (typeof authorize !== 'function')
    throw invalid(
      'authorize is missing. Give a function that says who the operator is: createAdmin(sessions, { authorize: (request) => ... }). Everybody would see the sessions without it.',
    );
  refuseUnknown(given, KNOWN);
  const basePath = (given.basePath ?? '/').replace(/\/+$/, '');
  if (!BASE_PATH.test(basePath))
    throw invalid(`basePath is ${inspect(given.basePath)}. Write a path: '/admin/sessions'.`);
  if (typeof onAction !== 'function')
    throw invalid(`onAction is ${inspect(onAction)}. Give a function, or leave it out.`);
  if (bowser !== undefined && typeof bowser.parse !== 'function')
    throw invalid("bowser has no parse. Write: import bowser from 'bowser'.");
  const { trustedOrigins, endedFor = '30d', server } = given;
  if (server !== undefined && typeof server?.weaknesses !== 'function')
    throw invalid(`server is ${inspect(server)}. Give { weaknesses, now }, or leave it out.`);
  return {
    authorize: (request) => authorize(request),
    basePath,
    onAction,
    bowser,
    rules: readCrossSiteOptions({ trustedOrigins }),
    endedFor: endedFor === false ? false : clockMilliseconds(endedFor, 'endedFor'),
    server,
    now,
  };
}

/** @throws `invalid-option` for an operator without a name. */
export function checkAuthorized(authorized: unknown): asserts authorized is Authorized {
  if (authorized === undefined || authorized instanceof Response) return;
  if (typeof authorized === 'string' && authorized !== '') return;
  throw invalid(
    `authorize gave ${inspect(authorized)}. Give the operator's name, or undefined to refuse.`,
  );
}

function invalid(message: string): SessionError {
  return new SessionError('invalid-option', message);
}
