import { SessionError } from '../../core/errors.js';
import { refusedClient } from '../contract/refused-client.js';

/** `createClient` or `createClientPool` of node-redis 5 or later. */
export interface NodeRedisClient {
  readonly isOpen: boolean;
  sendCommand(command: string[], options?: object): Promise<unknown>;
}

/** `createCluster` of node-redis 5 or later. */
export interface NodeRedisCluster {
  readonly isOpen: boolean;
  readonly masters: readonly { readonly address: string }[];
  nodeClient(master: never): NodeRedisClient | Promise<NodeRedisClient>;
  sendCommand(
    key: string,
    isReadonly: boolean,
    command: string[],
    options?: object,
  ): Promise<unknown>;
}

/** `createSentinel` of node-redis 5 or later. */
export interface NodeRedisSentinel {
  readonly isOpen: boolean;
  getMasterNode(): object | undefined;
  sendCommand(isReadonly: boolean, command: string[], options?: object): Promise<unknown>;
}

/** `Redis`, with Sentinels or without, of ioredis 5 or later, or of iovalkey. */
export interface Ioredis {
  readonly options: {
    readonly keyPrefix?: string | Uint8Array | undefined;
    readonly host?: string | undefined;
    readonly port?: number | undefined;
  };
  call(command: string, values: string[]): Promise<unknown>;
}

/** `Cluster` of ioredis 5 or later, or of iovalkey. */
export interface IoredisCluster {
  readonly options: {
    readonly keyPrefix?: string | Uint8Array | undefined;
    readonly scaleReads?: unknown;
  };
  nodes(role: 'master'): Ioredis[];
  call(command: string, values: string[]): Promise<unknown>;
}

/** The clients that a Redis store takes. */
export type RedisClient =
  | NodeRedisClient
  | NodeRedisCluster
  | NodeRedisSentinel
  | Ioredis
  | IoredisCluster;

/**
 * The few things a Redis store asks of a client. Replies are texts, numbers and lists of them,
 * whatever the client makes of types for others.
 */
export interface RedisCommands {
  /** What the client was told to put in front of every key, and leaves to the caller. */
  readonly keyPrefix: string;
  /** Sends a command to the master that holds `key`. */
  send(key: string, command: readonly string[]): Promise<unknown>;
  /** All masters, to list the keys that begin with `prefix`. Each key is on one of them. */
  masters(prefix: string): Promise<readonly RedisMaster[]>;
}

/** A server that holds keys of its own. */
export interface RedisMaster {
  /** Its address in a cluster, `''` where there is one master only. */
  readonly name: string;
  /**
   * The keys of the prefix among the next `count` or a few more of any kind. The first cursor is
   * `'0'`; `next` is `'0'` at the end.
   */
  scan(cursor: string, count: number): Promise<ScannedKeys>;
}

/** One reply of SCAN. */
export interface ScannedKeys {
  readonly keys: readonly string[];
  readonly next: string;
}

type Send = (command: string[]) => Promise<unknown>;

/** Texts as texts, whatever the client's own type mapping is. */
const AS_TEXT = { typeMapping: {} };

/**
 * The commands over a client.
 * @throws `invalid-option` when it is none of the clients, or reads from replicas.
 */
export function redisCommands(client: RedisClient): RedisCommands {
  if (hasMethod(client, 'call') && 'options' in client)
    return ioredisCommands(client as Ioredis | IoredisCluster);
  if (!hasMethod(client, 'sendCommand') || !('isOpen' in client)) {
    throw refusedClient(
      'redisStore',
      'client',
      client,
      'Give a client, pool, cluster or sentinel of redis (5 or later), once connected: createClient({ url }); or a Redis or Cluster of ioredis (5 or later) or iovalkey: new Redis(url).',
    );
  }
  // `false`: never to a replica, which may not know yet that a session was destroyed.
  if (hasMethod(client, 'nodeClient')) {
    const cluster = client as NodeRedisCluster;
    return nodeRedisCommands(
      cluster,
      (key, command) => cluster.sendCommand(key, false, command, AS_TEXT),
      (prefix) =>
        Promise.all(
          cluster.masters.map(async (master) => {
            const node = await cluster.nodeClient(master as never);
            return redisMaster(
              master.address,
              (command) => node.sendCommand(command, AS_TEXT),
              prefix,
            );
          }),
        ),
    );
  }
  const send: Send = hasMethod(client, 'getMasterNode')
    ? (command) => (client as NodeRedisSentinel).sendCommand(false, command, AS_TEXT)
    : (command) => (client as NodeRedisClient).sendCommand(command, AS_TEXT);
  return nodeRedisCommands(
    client as NodeRedisClient | NodeRedisSentinel,
    (_key, command) => send(command),
    async (prefix) => [redisMaster('', send, prefix)],
  );
}

function nodeRedisCommands(
  client: { readonly isOpen: boolean; readonly _keyPrefix?: string | Uint8Array | undefined },
  send: (key: string, command: string[]) => Promise<unknown>,
  masters: (prefix: string) => Promise<RedisMaster[]>,
): RedisCommands {
  function requireOpen(): void {
    if (client.isOpen) return;
    throw new SessionError(
      'store-failed',
      'The Redis client is not open. Call `await client.connect()` before the first request, and close it after the last.',
    );
  }

  return {
    // Its own commands put it in front, `sendCommand` does not.
    keyPrefix: String(client._keyPrefix ?? ''),

    async send(key, command) {
      requireOpen();
      return send(key, [...command]);
    },

    async masters(prefix) {
      requireOpen();
      return masters(prefix);
    },
  };
}

function ioredisCommands(client: Ioredis | IoredisCluster): RedisCommands {
  const isCluster = hasMethod(client, 'nodes');
  if (isCluster && ((client as IoredisCluster).options.scaleReads ?? 'master') !== 'master') {
    throw new SessionError(
      'invalid-option',
      "client reads from replicas, which may not know yet that a session was destroyed. Give a Cluster with scaleReads: 'master', its default.",
    );
  }
  const ownPrefix = String(client.options.keyPrefix ?? '');
  const sendTo =
    (node: Ioredis | IoredisCluster): Send =>
    ([command = '', ...values]) =>
      node.call(command, values);

  return {
    keyPrefix: '',
    send: (_key, command) => sendTo(client)([...command]),

    async masters(prefix) {
      if (!isCluster) return [redisMaster('', sendTo(client), prefix, ownPrefix)];
      // A cluster does not know its nodes before its first command was answered.
      await sendTo(client)(['HMGET', prefix, 'version']);
      return (client as IoredisCluster)
        .nodes('master')
        .map((node) =>
          redisMaster(`${node.options.host}:${node.options.port}`, sendTo(node), prefix, ownPrefix),
        );
    },
  };
}

/**
 * A master over its connection. `ownPrefix` is what the client puts in front of keys, but neither
 * in front of a pattern nor off the keys that match.
 */
function redisMaster(name: string, send: Send, prefix: string, ownPrefix = ''): RedisMaster {
  const pattern = `${(ownPrefix + prefix).replace(/[*?[\]\\]/g, '\\$&')}*`;
  return {
    name,
    async scan(cursor, count) {
      const command = ['SCAN', cursor, 'MATCH', pattern, 'COUNT', String(count)];
      const [next, keys] = (await send(command)) as [string, string[]];
      return { keys: keys.map((key) => key.slice(ownPrefix.length)), next: String(next) };
    },
  };
}

/** Of an object: every class has a `call`. */
function hasMethod(client: unknown, method: string): boolean {
  if (typeof client !== 'object' || client === null) return false;
  return typeof (client as Record<string, unknown>)[method] === 'function';
}
