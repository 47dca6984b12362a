import { parseCookies } from '../http/cookie.js';
import type { Request } from '../http/request.js';
import type { Presented } from '../http/transport.js';
import { budgetOf, within } from '../stores/contract/deadline.js';
import type { Engine } from './commit/engine.js';
import type { Kept } from './commit/inherit.js';
import { inherit, placeOf } from './inherit.js';
import { readable } from './renewal.js';
import { checkUserId } from './users.js';
import type { Visit } from './visit.js';
import type { VisitMode } from './visit-states.js';

/** Browsers keep no longer cookie, name and value together (RFC 6265bis, section 5.6, step 5). */
const MAX_VALUE = 4096;

/** The cookie of another system, as it was sent: a browser removes no cookie but that very one. */
export interface PredecessorCookie {
  readonly name: string;
  /** Default `/`. */
  readonly path?: string | undefined;
  /** Default none: the host that set it. */
  readonly domain?: string | undefined;
  /** Default `false`. */
  readonly partitioned?: boolean | undefined;
}

/** A value that another system spread over several cookies, and the names of them all. */
export interface GatheredCookie {
  readonly value: string;
  readonly names: readonly string[];
}

/** A session of another system, found by its cookie. */
export interface Inheritance<Data extends object = Record<string, unknown>> {
  /** Names the session: its id, or the value of the cookie when it has none. */
  readonly key: string;
  /** Reads it; `undefined` when there is none. */
  read(): Promise<Inherited<Data> | undefined> | Inherited<Data> | undefined;
  /** Removes it where it is kept: its visitor has another session now. */
  end?(): Promise<unknown>;
}

/** What another system kept. */
export interface Inherited<Data extends object = Record<string, unknown>> {
  readonly data: Data;
  /** Values for the next request that reads them. Default none. */
  readonly flash?: Readonly<Record<string, unknown>> | undefined;
  /**
   * When the session ends by itself, in epoch milliseconds; one that is over is not taken. Until
   * then it is remembered that the cookie was used. Default, also for `Infinity`: in 400 days.
   */
  readonly expiresAt?: number | undefined;
}

/** What {@link predecessor} takes. */
export interface PredecessorOptions<Data extends object = Record<string, unknown>> {
  /** For messages and events: `'iron-session'`. */
  readonly name: string;
  readonly cookie: PredecessorCookie;
  /**
   * Puts a value together that did not fit into one cookie; `undefined` when there is none. `read`
   * gives the cookies of the request by their names. Default: there is one cookie.
   */
  readonly gather?:
    | ((read: (name: string) => string | undefined) => GatheredCookie | undefined)
    | undefined;
  /**
   * The session that a value of the cookie names; `undefined` unless the system made the value.
   * `now` is in epoch milliseconds. Looks at nothing but the value, and throws for none.
   */
  verify(
    value: string,
    now: number,
  ): Promise<Inheritance<Data> | undefined> | Inheritance<Data> | undefined;
  /** Whose session it is. Default nobody's: `session.userId` is `undefined`. */
  readonly userId?: ((data: Data) => string | undefined) | undefined;
}

/** A system whose sessions are taken over: an item of the option `inherit`. */
export interface Predecessor {
  readonly name: string;
  readonly cookieName: string;
  /** Asked by the core: the visit of a request without a session, or why there is none. */
  readonly open: (
    engine: Engine,
    request: Request,
    presented: Presented,
    mode: VisitMode,
  ) => Promise<Visit | string | undefined>;
}

/**
 * A system whose sessions are taken over, for the option `inherit`. For those that have no bridge
 * of their own in `sojourn/bridges`.
 */
export function predecessor<Data extends object = Record<string, unknown>>(
  options: PredecessorOptions<Data>,
): Predecessor {
  const { name, cookie } = options;
  return {
    name,
    cookieName: cookie.name,
    async open(engine, request, presented, mode) {
      const cookies = cookiesOf(request, options);
      if (cookies.length === 0) return undefined;
      const found = new Map<string, readonly [Inheritance<Data>, readonly string[]]>();
      for (const { value, names } of cookies) {
        const inheritance = await options.verify(value, engine.settings.now());
        if (inheritance !== undefined) found.set(inheritance.key, [inheritance, names]);
      }
      const [first, ...others] = found.values();
      if (first === undefined) return `the cookie of ${name} does not open, or is over`;
      if (others.length > 0) {
        engine.events.emit('rejected', { reason: 'duplicate' });
        return `the request has cookies of different sessions of ${name}`;
      }
      const [inheritance, names] = first;
      const budget = budgetOf(engine.settings.storeTimeout);
      const place = placeOf(cookie.name, inheritance.key);
      const from = { name, cookie, names, place, read, end };
      return inherit({ ...from, engine, request, presented, mode, budget });

      async function read(): Promise<Kept | undefined> {
        const old = await readable(() =>
          within(budget, name, 'read', async () => inheritance.read()),
        );
        if (old === 'unreadable') engine.events.emit('rejected', { reason: 'record' });
        if (old === undefined || old === 'unreadable') return undefined;
        const { data, flash = {}, expiresAt = Number.POSITIVE_INFINITY } = old;
        if (expiresAt <= engine.settings.now()) return undefined;
        const userId = options.userId?.(data);
        if (userId !== undefined) checkUserId(userId);
        return { data, flash, userId, expiresAt };
      }

      function end(): Promise<unknown> {
        return within(budget, name, 'end', async () => inheritance.end?.());
      }
    },
  };
}

/** The values that may be of the system, as they come: nobody verified them. */
function cookiesOf(
  request: Request,
  { cookie: { name }, gather }: Pick<PredecessorOptions, 'cookie' | 'gather'>,
): GatheredCookie[] {
  const header = request.header('cookie');
  if (!header?.includes(name)) return [];
  const values = new Set(parseCookies(header, name).filter(isPossible));
  const whole = [...values].map((value) => ({ value, names: [name] }));
  const gathered = gather?.((part) => parseCookies(header, part, 1).find(isPossible));
  return gathered === undefined ? whole : [...whole, gathered];
}

function isPossible({ length }: string): boolean {
  return length > 0 && length <= MAX_VALUE;
}
