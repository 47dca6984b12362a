import { SessionError } from '../../core/errors.js';
import { type Duration, milliseconds } from '../../core/internal.js';
import { checkOptions } from '../../stores/contract/options.js';
import type { SessionStore } from '../../stores/contract.js';
import { type KeyValueBackend, keyValueStore } from '../key-value/store.js';
import type { SessionHandler } from './interface.js';

/** Options of {@link fromHandler}. */
export interface FromHandlerOptions {
  /**
   * How long an unused session must stay: `idleTimeout` plus a minute. `gc` is called with this
   * time in seconds. Default `'30d'`, like the default `lifetime` of `createSessions`.
   */
  readonly lifetime?: Duration | undefined;
  /** What `open` is called with. Default `''`. */
  readonly savePath?: string | undefined;
  /** What `open` is called with. Default `'session'`. */
  readonly sessionName?: string | undefined;
  /** The clock, in epoch milliseconds. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/**
 * Keeps sessions with a handler. Its guarantees hold within one process, and for one store on a
 * handler: other processes that write there can undo acknowledged changes, or bring back ended
 * sessions. `prune` calls `gc`, which looks at the age of the last write and not at the deadline.
 * @throws `invalid-option` when `handler` is not a handler.
 */
export function fromHandler(
  handler: SessionHandler,
  options: FromHandlerOptions = {},
): SessionStore<string> {
  checkHandler(handler);
  checkOptions('fromHandler', options, ['lifetime', 'savePath', 'sessionName', 'now']);
  const { savePath = '', sessionName = 'session', now = Date.now } = options;
  const lifetime = milliseconds(options.lifetime ?? '30d', 'lifetime');
  let opening: Promise<void> | undefined;

  function opened(): Promise<void> {
    opening ??= open().catch((error) => {
      opening = undefined;
      throw error;
    });
    return opening;
  }

  async function open(): Promise<void> {
    if ((await handler.open?.(savePath, sessionName)) === false) throw refused('open');
  }

  async function read(key: string): Promise<unknown> {
    const text: unknown = await handler.read(key);
    if (text === undefined || text === null || text === '' || text === false) return undefined;
    if (typeof text === 'string') return parse(text);
    throw new SessionError(
      'store-failed',
      `The handler returned a ${typeof text} from read, not a text. Return the text that write was given.`,
    );
  }

  const backend: KeyValueBackend = {
    name: 'handler',

    async get(key) {
      await opened();
      return read(key);
    },

    async set(key, value) {
      await opened();
      if ((await handler.write(key, JSON.stringify(value))) === false) throw refused('write');
    },

    async delete(key) {
      await opened();
      // Some answer false when there was nothing to delete.
      if ((await handler.destroy(key)) === false && (await read(key)) !== undefined)
        throw refused('destroy');
    },
  };

  const store: SessionStore<string> = {
    ...keyValueStore(backend, now),

    async close() {
      if (opening === undefined) return;
      await opening;
      opening = undefined;
      await handler.close?.();
    },
  };
  if (handler.gc === undefined) return store;
  return {
    ...store,

    async prune(before) {
      await opened();
      const deleted = await handler.gc?.(
        Math.ceil((lifetime + Math.max(now() - before, 0)) / 1000),
      );
      if (deleted === false) throw refused('gc');
      return typeof deleted === 'number' ? deleted : 0;
    },
  };
}

function checkHandler(handler: SessionHandler): void {
  const missing = (['read', 'write', 'destroy'] as const).find(
    (method) => typeof handler?.[method] !== 'function',
  );
  if (missing !== undefined) {
    throw new SessionError(
      'invalid-option',
      `The handler has no method '${missing}'. It needs read, write and destroy.`,
    );
  }
  if (handler.read.length > 1) {
    throw new SessionError(
      'invalid-option',
      'The read method of this handler takes a callback. Return the text, or a promise of it.',
    );
  }
}

function refused(method: string): SessionError {
  return new SessionError(
    'store-failed',
    `The handler answered false to ${method}. Check its backend.`,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not one of ours, so it is no session.
    return undefined;
  }
}
