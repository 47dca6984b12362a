import { SessionError } from '../../core/errors.js';
import { type MemcachedItems, tooLarge, unexpectedReply } from './items.js';

/** A `Memcache` of the package memcache, as far as the store uses it. */
export interface MemcacheClient {
  readonly nodes: readonly MemcacheNode[];
  readonly hash: { getNodesByKey(key: string): readonly MemcacheNode[] };
}

interface MemcacheNode {
  readonly hasSaslCredentials: boolean;
  readonly socket: { readonly destroyed: boolean } | undefined;
  isConnected(): boolean;
  reconnect(): Promise<void>;
  command(command: string, options?: { isMultiline: boolean }): Promise<unknown>;
}

const TOO_LARGE = 'SERVER_ERROR object too large for cache';

/**
 * Speaks to the nodes directly: the client's own `get` reports an outage as an absent key, and none
 * of its verbs gives the CAS unique.
 * @throws `invalid-option` when it logs in with SASL, since its nodes do not take text commands
 * then.
 */
export function memcacheItems(client: MemcacheClient): MemcachedItems {
  if (client.nodes.some((node) => node.hasSaslCredentials)) {
    throw new SessionError(
      'invalid-option',
      'client uses SASL, which memcache offers for its own verbs only. Use memjs with SASL.',
    );
  }
  const connecting = new WeakMap<MemcacheNode, Promise<void>>();

  /**
   * The node of a key, connected. All who wait share one attempt: the client would open a
   * connection for each of them.
   */
  async function connected(key: string): Promise<MemcacheNode> {
    const [node] = client.hash.getNodesByKey(key);
    if (node === undefined)
      throw new SessionError('invalid-option', 'client has no node. Give a Memcache that has one.');
    // It ends connections that were idle, and counts them as connected for a moment longer.
    if (node.isConnected() && node.socket?.destroyed === false) return node;
    let attempt = connecting.get(node);
    if (attempt === undefined) {
      // Not connect(): that keeps the head of a reply which a broken connection cut, and puts it
      // before the next reply.
      attempt = node.reconnect().finally(() => connecting.delete(node));
      connecting.set(node, attempt);
    }
    await attempt;
    return node;
  }

  /**
   * Sends a command that has one line for an answer, and says whether that is `yes`; it must be one
   * of `no` otherwise.
   */
  async function ask(
    key: string,
    command: string,
    yes: string,
    no: readonly unknown[],
    value?: string,
  ): Promise<boolean> {
    const node = await connected(key);
    let reply: unknown;
    try {
      reply = await node.command(value === undefined ? command : `${command}\r\n${value}`);
    } catch (error) {
      // The client hands on the line of the protocol as the message.
      throw value !== undefined && error instanceof Error && error.message === TOO_LARGE
        ? tooLarge(value)
        : error;
    }
    if (reply === yes) return true;
    if (no.includes(reply)) return false;
    throw unexpectedReply(command, codeOf(reply));
  }

  return {
    async get(key) {
      const node = await connected(key);
      // One round trip. The CAS unique is asked for first: should the item change in between, it
      // fits neither, and the write is refused.
      const [head, values] = await Promise.all([
        node.command(`mg ${key} c`),
        node.command(`get ${key}`, { isMultiline: true }) as Promise<readonly string[] | undefined>,
      ]);
      if (head === 'EN') return undefined;
      const [, cas] = /^HD c(\d+)$/.exec(String(head)) ?? [];
      if (cas === undefined) throw unexpectedReply('mg', codeOf(head));
      const [value] = values ?? [];
      return value === undefined ? undefined : { value, cas };
    },

    add: (key, value, exptime) =>
      ask(key, `add ${key} 0 ${exptime} ${Buffer.byteLength(value)}`, 'STORED', [false], value),

    replace: (key, value, exptime, cas) =>
      ask(
        key,
        `cas ${key} 0 ${exptime} ${Buffer.byteLength(value)} ${cas}`,
        'STORED',
        ['EXISTS', 'NOT_FOUND'],
        value,
      ),

    delete: (key, cas) =>
      ask(key, cas === undefined ? `md ${key}` : `md ${key} C${cas}`, 'HD', ['EX', 'NF']),
  };
}

/**
 * What a line of the protocol begins with. Not the whole line: out of step it may be somebody's
 * session.
 */
function codeOf(line: unknown): string {
  return /^[A-Z_]+/.exec(String(line))?.[0] ?? 'something else';
}
