import { refusedClient } from '../stores/contract/refused-client.js';
import { type ChannelOptions, channelOf } from './channel/options.js';
import { relay, type Stop, type Wire } from './channel/relay.js';
import type { Notices } from './contract.js';

export type { Notice, NoticeListener, Notices } from './contract.js';

/** A `Pool` of pg. */
export interface PgNoticePool {
  readonly options: object;
  connect(): Promise<unknown>;
  query(text: string, values: string[]): Promise<unknown>;
}

/** The `sql` function of postgres (postgres.js). */
export interface PostgresNoticeSql {
  listen(
    channel: string,
    listener: (payload: string) => void,
  ): PromiseLike<{ unlisten(): Promise<unknown> }>;
  notify(channel: string, payload: string): PromiseLike<unknown>;
}

/** Options of {@link postgresNotices}. */
export interface PostgresNoticesOptions extends ChannelOptions {
  /**
   * The `Pool` of pg, or the `sql` function of postgres, that the application has. Publishing goes
   * through it. A connection of its own, with the same settings, listens; it counts beside the
   * pool's. Both must reach the server itself: a pooler that shares connections between
   * transactions cannot listen.
   */
  readonly client: PgNoticePool | PostgresNoticeSql;
}

/** The part of pg's `Client` that listens. */
interface PgListener {
  connect(): Promise<unknown>;
  query(text: string): Promise<unknown>;
  on(event: 'notification', listener: (message: { readonly payload?: string }) => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  end(): Promise<unknown>;
}

/** pg keeps the class of its connections there. */
type PoolWithClient = PgNoticePool & { readonly Client: new (options: object) => PgListener };

/** How long a silent connection is left alone before it is asked whether it lives, in milliseconds. */
const KEEP_ALIVE_AFTER = 10_000;

/**
 * Notices over PostgreSQL, by LISTEN and NOTIFY.
 * @throws `invalid-option` when `client` or `channel` is not usable.
 */
export function postgresNotices(options: PostgresNoticesOptions): Notices {
  const channel = channelOf('postgresNotices', options);
  return relay('PostgreSQL', wireOf(options.client, channel));
}

function wireOf(client: PgNoticePool | PostgresNoticeSql, channel: string): Wire {
  if (isSql(client)) {
    return {
      send: async (text) => client.notify(channel, text),
      listen: (onText) => listenBySql(client, channel, onText),
    };
  }
  if (isPool(client)) {
    return {
      send: (text) => client.query('select pg_notify($1, $2)', [channel, text]),
      listen: (onText, onLost) => listenByClient(client, channel, onText, onLost),
    };
  }
  throw refusedClient(
    'postgresNotices',
    'client',
    client,
    'Give a Pool of pg (new pg.Pool({ ... })), or the function that postgres(...) returns.',
  );
}

function isSql(client: unknown): client is PostgresNoticeSql {
  return typeof client === 'function' && 'listen' in client && 'notify' in client;
}

function isPool(client: unknown): client is PoolWithClient {
  if (typeof client !== 'object' || client === null) return false;
  const { query, Client, options } = client as Partial<Record<string, unknown>>;
  return typeof query === 'function' && typeof Client === 'function' && typeof options === 'object';
}

/** postgres.js listens on a connection of its own, and connects again by itself. */
async function listenBySql(
  sql: PostgresNoticeSql,
  channel: string,
  onText: (text: unknown) => void,
): Promise<Stop> {
  let isOver = false;
  const hear = (payload: string): void => {
    if (!isOver) onText(payload);
  };
  try {
    const { unlisten } = await sql.listen(channel, hear);
    return async () => {
      isOver = true;
      await unlisten();
    };
  } catch (error) {
    // postgres.js itself goes on trying with this listener.
    isOver = true;
    throw error;
  }
}

async function listenByClient(
  { Client, options }: PoolWithClient,
  channel: string,
  onText: (text: unknown) => void,
  onLost: (error: unknown) => void,
): Promise<Stop> {
  // As they are: the password is not enumerable.
  const settings = Object.create(null, Object.getOwnPropertyDescriptors(options));
  settings.keepAlive = true;
  settings.keepAliveInitialDelayMillis = KEEP_ALIVE_AFTER;
  const own = new Client(settings);
  own.on('error', onLost);
  own.on('end', () => onLost('the connection ended'));
  own.on('notification', ({ payload }) => onText(payload));
  try {
    await own.connect();
    await own.query(`listen "${channel}"`);
    return async () => void (await own.end());
  } catch (error) {
    own.end().catch(() => undefined);
    throw error;
  }
}
