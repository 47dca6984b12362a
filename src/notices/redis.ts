import { refusedClient } from '../stores/contract/refused-client.js';
import { type ChannelOptions, channelOf } from './channel/options.js';
import { relay, type Stop, type Wire } from './channel/relay.js';
import type { Notices } from './contract.js';

export type { Notice, NoticeListener, Notices } from './contract.js';

/** `createClient`, `createCluster` or `createSentinel` of node-redis 5 or later. */
export interface NodeRedisPublisher {
  readonly isOpen: boolean;
  publish(channel: string, message: string): Promise<unknown>;
  duplicate(): NodeRedisSubscriber;
}

/** What {@link NodeRedisPublisher.duplicate} makes. */
export interface NodeRedisSubscriber {
  readonly isOpen: boolean;
  connect(): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  on(event: 'error', listener: () => void): unknown;
  destroy(): unknown;
}

/** `Redis` or `Cluster` of ioredis 5 or later, or of iovalkey. */
export interface IoredisPublisher {
  readonly options: object;
  publish(channel: string, message: string): Promise<unknown>;
  duplicate(...options: never[]): IoredisSubscriber;
}

/** What {@link IoredisPublisher.duplicate} makes. */
export interface IoredisSubscriber {
  subscribe(channel: string): Promise<unknown>;
  on(event: string, listener: (channel: string, message: string) => void): unknown;
  disconnect(): void;
}

/** Options of {@link redisNotices}. */
export interface RedisNoticesOptions extends ChannelOptions {
  /**
   * The client that the application has. Publishing goes through it. A connection of its own, with
   * the same settings, listens: `client.duplicate()`.
   */
  readonly client: NodeRedisPublisher | IoredisPublisher;
}

/**
 * Notices over Redis or Valkey, by PUBLISH and SUBSCRIBE.
 * @throws `invalid-option` when `client` or `channel` is not usable.
 */
export function redisNotices(options: RedisNoticesOptions): Notices {
  const channel = channelOf('redisNotices', options);
  return relay('Redis', wireOf(options.client, channel));
}

function wireOf(client: NodeRedisPublisher | IoredisPublisher, channel: string): Wire {
  const has = (method: string): boolean =>
    typeof client === 'object' &&
    client !== null &&
    typeof (client as unknown as Record<string, unknown>)[method] === 'function';
  if (!['publish', 'subscribe', 'duplicate'].every(has)) throw refused(client);
  const send: Wire['send'] = (text) => client.publish(channel, text);
  if (has('call')) {
    const isCluster = has('nodes');
    return {
      send,
      listen: (onText) => listenByIoredis(client as IoredisPublisher, isCluster, channel, onText),
    };
  }
  if (!('isOpen' in client)) throw refused(client);
  return {
    send,
    listen: (onText) => listenByNodeRedis(client as NodeRedisPublisher, channel, onText),
  };
}

function refused(client: unknown): Error {
  return refusedClient(
    'redisNotices',
    'client',
    client,
    'Give a client, cluster or sentinel of redis (5 or later): createClient({ url }); or a Redis or Cluster of ioredis (5 or later) or iovalkey: new Redis(url). A pool cannot listen.',
  );
}

/** How long both libraries may try to reach the server at first, in milliseconds. */
const CONNECT_WITHIN = 5000;

/** By default they try for ever, which would keep the process alive. */
async function inTime(task: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('The server was not reached.')), CONNECT_WITHIN);
  });
  try {
    await Promise.race([task, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Both libraries connect again by themselves, and tell of it by an event that must be listened to. */
const ignored = (): void => undefined;

async function listenByNodeRedis(
  client: NodeRedisPublisher,
  channel: string,
  onText: (text: unknown) => void,
): Promise<Stop> {
  const own = client.duplicate();
  own.on('error', ignored);
  const stop = async (): Promise<void> => {
    if (own.isOpen) await own.destroy();
  };
  try {
    await inTime(own.connect().then(() => own.subscribe(channel, onText)));
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}

async function listenByIoredis(
  client: IoredisPublisher,
  isCluster: boolean,
  channel: string,
  onText: (text: unknown) => void,
): Promise<Stop> {
  // The subscription is asked for before the connection is there.
  const settings = { enableOfflineQueue: true };
  const own = client.duplicate(...((isCluster ? [[], settings] : [settings]) as never[]));
  own.on('error', ignored);
  own.on('message', (_channel, message) => onText(message));
  try {
    await inTime(own.subscribe(channel));
    return async () => own.disconnect();
  } catch (error) {
    own.disconnect();
    throw error;
  }
}
