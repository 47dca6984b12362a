import { SessionError } from '../../core/errors.js';
import { type MemcachedItems, tooLarge, unexpectedReply } from './items.js';

/** A `Client` of the package memjs, as far as the store uses it. */
export interface MemjsClient {
  readonly options: { readonly failover?: boolean | undefined };
  readonly seq: number;
  incrSeq(): void;
  server(key: string): MemjsServer | null | undefined;
  perform(
    key: string,
    request: Uint8Array,
    seq: number,
    callback: (error: Error | null, reply: MemjsReply) => void,
    retries: number,
  ): void;
}

interface MemjsServer {
  responseBuffer: Uint8Array;
  /** Calls `use` with the connection once there is one. */
  sock(sasl: boolean, use: (socket: MemjsSocket) => void): void;
  /** Fails all requests that wait for a reply. */
  error(error: Error): void;
}

interface MemjsSocket {
  once(event: 'close', listener: () => void): unknown;
}

interface MemjsReply {
  readonly header: { readonly opcode: number; readonly status: number; readonly cas: Bytes };
  readonly val: Bytes;
}

/** What is used of a `Buffer`, which only those know who have the types of Node. */
interface Bytes {
  toString(encoding?: 'hex'): string;
}

/**
 * Of the binary protocol. Not SET for replacing: after refusing a value for its size, it deletes
 * the present one.
 */
const OPCODES = { get: 0x00, add: 0x02, replace: 0x03, delete: 0x04 };
const OK = 0x00;
const NOT_FOUND = 0x01;
const EXISTS = 0x02;
const VALUE_TOO_LARGE = 0x03;

interface Request {
  readonly value?: string;
  readonly exptime?: number;
  readonly cas?: string | undefined;
}

/**
 * Builds its requests itself: memjs has no verb that takes or gives the CAS unique.
 * @throws `invalid-option` when it fails over to another server, whose return would bring back what
 * was destroyed meanwhile.
 */
export function memjsItems(client: MemjsClient): MemcachedItems {
  if (client.options.failover === true) {
    throw new SessionError(
      'invalid-option',
      'client has failover: true: a server that comes back would bring back sessions that were destroyed meanwhile. Leave it out.',
    );
  }

  const prepared = new WeakMap<MemjsServer, MemjsSocket>();

  /** Makes up for what memjs leaves undone when a connection ends. */
  function prepare(server: MemjsServer): void {
    server.sock(false, (socket) => {
      if (prepared.get(server) === socket) return;
      prepared.set(server, socket);
      // The head of a reply that was cut would come before the next reply.
      server.responseBuffer = Buffer.alloc(0);
      // Who waits for a reply would wait for ever.
      socket.once('close', () => {
        if (prepared.get(server) === socket) server.error(connectionEnded());
      });
    });
  }

  function perform(
    key: string,
    command: keyof typeof OPCODES,
    request: Request = {},
  ): Promise<MemjsReply> {
    client.incrSeq();
    // memjs lets the number become negative after 2^31 requests, and could not write it then.
    const seq = client.seq >>> 0;
    const opcode = OPCODES[command];
    const server = client.server(key);
    if (server) prepare(server);
    return new Promise((resolve, reject) => {
      const settle = (error: Error | null, reply: MemjsReply): void => {
        if (error !== null) reject(error);
        else if (reply.header.opcode !== opcode)
          reject(unexpectedReply(command, reply.header.opcode));
        else resolve(reply);
      };
      client.perform(key, encode(opcode, key, seq, request), seq, settle, 1);
    });
  }

  /** Performs a write, and says whether it took place. */
  async function write(
    key: string,
    command: keyof typeof OPCODES,
    request: Request,
  ): Promise<boolean> {
    const { status } = (await perform(key, command, request)).header;
    if (status === VALUE_TOO_LARGE) throw tooLarge(request.value ?? '');
    if (status !== OK && status !== NOT_FOUND && status !== EXISTS)
      throw unexpectedReply(command, status);
    return status === OK;
  }

  return {
    async get(key) {
      const { header, val } = await perform(key, 'get');
      if (header.status === NOT_FOUND) return undefined;
      if (header.status !== OK) throw unexpectedReply('get', header.status);
      return { value: val.toString(), cas: header.cas.toString('hex') };
    },

    add: (key, value, exptime) => write(key, 'add', { value, exptime }),
    replace: (key, value, exptime, cas) => write(key, 'replace', { value, exptime, cas }),
    delete: (key, cas) => write(key, 'delete', { cas }),
  };
}

function connectionEnded(): SessionError {
  return new SessionError(
    'store-failed',
    'The connection ended before memcached answered. Check that the server is up, and try again.',
  );
}

/** A request of the binary protocol: 24 bytes of header, extras (flags and expiry), key, value. */
function encode(
  opcode: number,
  key: string,
  seq: number,
  { value, exptime, cas = '' }: Request,
): Uint8Array {
  const extras = Buffer.alloc(exptime === undefined ? 0 : 8);
  if (exptime !== undefined) extras.writeUInt32BE(exptime, 4);
  const body = Buffer.concat([extras, Buffer.from(key), Buffer.from(value ?? '')]);
  const header = Buffer.alloc(24);
  header.writeUInt8(0x80, 0);
  header.writeUInt8(opcode, 1);
  header.writeUInt16BE(Buffer.byteLength(key), 2);
  header.writeUInt8(extras.length, 4);
  header.writeUInt32BE(body.length, 8);
  header.writeUInt32BE(seq, 12);
  header.write(cas, 16, 'hex');
  return Buffer.concat([header, body]);
}
