import { SessionError } from '../../core/errors.js';

/** `createClient` or `createClientPool` of node-redis 5 or later. */
export interface NodeRedisClient {
  readonly isOpen: boolean;
  sendCommand(command: string[], options?: object): Promise<unknown>;
}

/** `createCluster` of node-redis 5 or later. */
export interface NodeRedisCluster {
  readonly isOpen: boolean;
  readonly masters: readonly object[];
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
  readonly options: { readonly keyPrefix?: string | Uint8Array | undefined };
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
  /**
   * The keys that begin with `prefix`, on all masters, page by page. One that stays where it is
   * comes once or more often.
   */
  scan(prefix: string): AsyncIterable<readonly string[]>;
}

type Send = (command: string[]) => Promise<unknown>;

/** Texts as texts, whatever the client's own type mapping is. */
const AS_TEXT = { typeMapping: {} };
const KEYS_A_PAGE = '1000';

/**
 * The commands over a client.
 * @throws `invalid-option` when it is none of the clients, or reads from replicas.
 */
export function redisCommands(client: RedisClient): RedisCommands {
  if (hasMethod(client, 'call')) return ioredisCommands(client as Ioredis | IoredisCluster);
  if (!hasMethod(client, 'sendCommand') || !('isOpen' in client)) {
    throw new SessionError(
      'invalid-option',
      'client is not a Redis client. Give a client, pool, cluster or sentinel of redis (5 or later), or a Redis or Cluster of ioredis (5 or later) or iovalkey.',
    );
  }
  // `false`: never to a replica, which may not know yet that a session was destroyed.
  if (hasMethod(client, 'nodeClient')) {
    const cluster = client as NodeRedisCluster;
    return nodeRedisCommands(
      cluster,
      (key, command) => cluster.sendCommand(key, false, command, AS_TEXT),
      async () => {
        const nodes = await Promise.all(
          cluster.masters.map((master) => cluster.nodeClient(master as never)),
        );
        return nodes.map((node) => (command) => node.sendCommand(command, AS_TEXT));
      },
    );
  }
  const send: Send = hasMethod(client, 'getMasterNode')
    ? (command) => (client as NodeRedisSentinel).sendCommand(false, command, AS_TEXT)
    : (command) => (client as NodeRedisClient).sendCommand(command, AS_TEXT);
  return nodeRedisCommands(
    client as NodeRedisClient | NodeRedisSentinel,
    (_key, command) => send(command),
    async () => [send],
  );
}

function nodeRedisCommands(
  client: { readonly isOpen: boolean; readonly _keyPrefix?: string | Uint8Array | undefined },
  send: (key: string, command: string[]) => Promise<unknown>,
  masters: () => Promise<Send[]>,
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

    async *scan(prefix) {
      requireOpen();
      for (const master of await masters()) yield* scanMaster(master, prefix);
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

    async *scan(prefix) {
      // A cluster does not know its nodes before its first command was answered.
      if (isCluster) await sendTo(client)(['HMGET', prefix, 'version']);
      // The client puts its prefix in front of keys, but neither in front of a pattern nor off the
      // keys that match.
      for (const node of isCluster ? (client as IoredisCluster).nodes('master') : [client]) {
        for await (const keys of scanMaster(sendTo(node), ownPrefix + prefix))
          yield keys.map((key) => key.slice(ownPrefix.length));
      }
    },
  };
}

async function* scanMaster(send: Send, prefix: string): AsyncGenerator<string[]> {
  const pattern = `${prefix.replace(/[*?[\]\\]/g, '\\$&')}*`;
  for (let cursor = '0'; ; ) {
    const [next, keys] = (await send(['SCAN', cursor, 'MATCH', pattern, 'COUNT', KEYS_A_PAGE])) as [
      string,
      string[],
    ];
    yield keys;
    cursor = String(next);
    if (cursor === '0') return;
  }
}

function hasMethod(client: unknown, method: string): boolean {
  return typeof (client as Record<string, unknown> | null | undefined)?.[method] === 'function';
}
