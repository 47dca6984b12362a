import { onTestFinished } from 'vitest';
import type { Server } from '../../scripts/servers/index.js';
import type { SessionStore } from '../../src/stores/contract.js';
import type { RemoteStore } from '../remote-stores/remote-store.js';
import { type Application, startApplication } from './application.js';
import { ownSpace } from './store-under-fault.js';

/** An application over a server that may be killed. */
export interface PrivateApplication {
  readonly store: SessionStore;
  readonly application: Application;
  /** What went wrong in this process without anybody waiting for it. */
  readonly errors: readonly unknown[];
}

/**
 * Starts it, until the test ends; `server` is stopped then.
 * @param url Where `remote` connects to.
 */
export async function startPrivateApplication(
  remote: RemoteStore,
  server: Server,
  url: string,
): Promise<PrivateApplication> {
  const errors: unknown[] = [];
  const note = (error: unknown): void => void errors.push(error);
  process.on('unhandledRejection', note).on('uncaughtException', note);
  onTestFinished(() => void process.off('unhandledRejection', note).off('uncaughtException', note));

  onTestFinished(() => server.stop());
  const { store, close } = await remote.open(url, { space: ownSpace() });
  onTestFinished(close);
  await store.migrate?.();
  const application = await startApplication(store, { storeTimeout: 500 });
  onTestFinished(application.stop);
  return { store, application, errors };
}
