import { EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { SqlClient } from './client.js';

/** Ten without a pause were not enough once, on a busy machine. */
const ATTEMPTS = 20;
/** From this attempt on a statement waits before the next: others may win each time otherwise. */
const PAUSE_FROM = 3;

/**
 * A client that tries a statement again when the database took it back whole, because it lost a
 * deadlock or a race. Only for statements that are a transaction of their own.
 */
export function retryingClient(
  { run, rows }: SqlClient,
  isRetryable: (error: unknown) => boolean,
): SqlClient {
  async function retry<Result>(attempt: () => Result | Promise<Result>): Promise<Result> {
    for (let attempts = 1; ; attempts++) {
      try {
        return await attempt();
      } catch (error) {
        if (attempts === ATTEMPTS || !isRetryable(error)) throw error;
        if (attempts >= PAUSE_FROM) await pause(Math.random() * 2 * attempts);
      }
    }
  }

  return {
    run: (statement, values) => retry(() => run(statement, values)),
    rows: (statement, values) => retry(() => rows(statement, values)),
  };
}

/**
 * Keeps a pool's `error` event from ending the process when nobody listens to it. It tells of a
 * connection that nobody was using, or that could not be made: no call fails unseen by it.
 */
export function outliveIdleErrors(pool: unknown): void {
  if (pool instanceof EventEmitter && pool.listenerCount('error') === 0)
    pool.on('error', () => undefined);
}
