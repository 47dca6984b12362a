import { jsonCodec } from '../../codecs/json.js';
import { type Duration, milliseconds, SessionData } from '../../core/internal.js';
import { tokenId } from '../../keys/token.js';
import { checkOptions } from '../../stores/contract/options.js';
import { refusedClient } from '../../stores/contract/refused-client.js';
import { type SessionRecord, type SessionStore, supports } from '../../stores/contract.js';
import { inTime, type StoreTimeoutOption } from '../deadlines/in-time.js';
import { untilWritten } from '../deadlines/until-written.js';
import { createTurns } from '../key-value/turns.js';
import type { SessionHandler } from './interface.js';

type Callback = (error: unknown, value?: unknown) => void;

/**
 * The result of {@link toHandler}: a handler as documented. With callbacks it is also an adapter
 * for @ostro/session 1.0.
 */
export interface StoreHandler extends SessionHandler {
  read(sessionId: string): Promise<string>;
  /** For use as an adapter: the object that was written, or null. */
  read(sessionId: string, callback: Callback): void;
  write(sessionId: string, data: string): Promise<boolean>;
  /** For use as an adapter. */
  write(sessionId: string, data: unknown, callback: Callback): void;
  destroy(sessionId: string): Promise<boolean>;
  /** For use as an adapter. */
  destroy(sessionId: string, callback: Callback): void;
  /**
   * Deletes records that expired an hour ago or earlier, so that a clock that is ahead ends no
   * session. Each record has its own deadline, so the parameter is ignored.
   */
  gc(lifetime?: number): Promise<number>;
  /**
   * For use as an adapter: runs {@link gc} beside the request. A failure becomes a warning of the
   * process.
   */
  destroyExpireSession(minutes?: number): void;
}

/** Options of {@link toHandler}. */
export interface ToHandlerOptions extends StoreTimeoutOption {
  /** How long a session lives after its last write. Default `'2h'`. */
  readonly lifetime?: Duration | undefined;
  /** The clock, in epoch milliseconds. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

const PRUNE_STEP = 1000;
/**
 * How long a sweep keeps expired records, in milliseconds: the clock of this server may be ahead of
 * other servers.
 */
const GC_DELAY = 3_600_000;
/** The key for the text, as in the table in the documentation of OstroJS. */
const PAYLOAD = 'payload';

/**
 * Turns any store into a handler. As the interface demands, `write` replaces the whole text, or
 * creates it when absent: of two writes the later one wins, and a write after a `destroy` starts
 * the session again. The store sees only hashes of the ids.
 */
export function toHandler(store: SessionStore, options: ToHandlerOptions = {}): StoreHandler {
  if (typeof store?.read !== 'function' || typeof store.create !== 'function')
    throw refusedClient('toHandler', 'store', store, 'Give a store of Sojourn.');
  checkOptions('toHandler', options, ['lifetime', 'storeTimeout', 'now']);
  const { storeTimeout, now = Date.now } = options;
  const lifetime = milliseconds(options.lifetime ?? '2h', 'lifetime');
  const bounded = inTime(store, storeTimeout);
  const codec = jsonCodec();
  const inTurn = createTurns({ name: store.name });

  async function read(sessionId: string): Promise<string> {
    const found = await bounded.read(tokenId(sessionId));
    const text = found && SessionData.decode(found.record.data, codec).get(PAYLOAD);
    return typeof text === 'string' ? text : '';
  }

  async function write(sessionId: string, text: string): Promise<boolean> {
    const id = tokenId(sessionId);
    const data = new SessionData(codec);
    data.set(PAYLOAD, text);
    const encoded = data.encode();
    await inTurn(id, () => untilWritten(id, () => tryWrite(id, encoded)));
    return true;
  }

  /** `false` when another process wrote in between. */
  async function tryWrite(id: string, data: string): Promise<boolean> {
    const touchedAt = now();
    const fresh: SessionRecord = {
      data,
      createdAt: touchedAt,
      touchedAt,
      expiresAt: touchedAt + lifetime,
    };
    const found = await bounded.read(id);
    const version =
      found === undefined
        ? await bounded.create(id, fresh)
        : await bounded.update(id, { ...fresh, createdAt: found.record.createdAt }, found.version);
    return version !== undefined;
  }

  async function destroy(sessionId: string): Promise<boolean> {
    await bounded.destroy(tokenId(sessionId));
    return true;
  }

  async function gc(): Promise<number> {
    return supports(store, 'prune') ? store.prune(now() - GC_DELAY, PRUNE_STEP) : 0;
  }

  // A callback is a rest parameter, so that the number of the others shows a handler.
  const handler = {
    open: () => true,
    // At the end of every request, in PHP.
    close: () => true,

    read(sessionId: string, ...[callback]: [Callback?]) {
      return answer(read(sessionId), callback, (text) => (text === '' ? null : JSON.parse(text)));
    },

    write(sessionId: string, data: unknown, callback?: Callback) {
      return answer(
        write(sessionId, typeof data === 'string' ? data : JSON.stringify(data)),
        callback,
      );
    },

    destroy: (sessionId: string, callback?: Callback) => answer(destroy(sessionId), callback),
    gc,

    destroyExpireSession() {
      gc().catch((error) =>
        process.emitWarning(
          `Sweeping the ${store.name} store failed: ${String(error)}`,
          'SessionWarning',
        ),
      );
    },
  };
  return handler as StoreHandler;
}

/**
 * The promise; nothing when there is a callback, which gets the result. Errors of the callback are
 * not caught.
 */
function answer<Value>(
  promise: Promise<Value>,
  callback: Callback | undefined,
  toAnswer: (value: Value) => unknown = (value) => value,
): Promise<Value> | undefined {
  if (callback === undefined) return promise;
  promise.then(toAnswer).then(
    (value) => process.nextTick(callback, null, value),
    (error) => process.nextTick(callback, error),
  );
  return undefined;
}
