import { onTestFinished, vi } from 'vitest';
import type { SessionRecord, SessionStore } from '../../src/stores/contract.js';
import { createProxy, type TcpProxy } from '../proxy.js';
import type { OpenRemoteStore, RemoteStore } from '../remote-stores/remote-store.js';

export const long = process.env.SOJOURN_LONG === '1';

/** What a fault is tried on: a store, and the server that tests share. */
export interface StoreUnderFault {
  readonly remote: RemoteStore;
  readonly url: string;
}

export interface BothWays {
  readonly proxy: TcpProxy;
  /** The store behind the proxy. */
  readonly behind: SessionStore;
  /** The same records, on a way of their own. */
  readonly direct: SessionStore;
}

let spaces = 0;

/** A name that no other test uses on a shared server. */
export function ownSpace(): string {
  return `faults_${process.pid}_${++spaces}`;
}

/** An empty store that is reached through a proxy and without it, until the test ends. */
export async function openBothWays(
  { remote, url }: StoreUnderFault,
  now?: () => number,
): Promise<BothWays> {
  const space = ownSpace();
  const proxy = await createProxy(url);
  const direct = await remote.open(url, { space, now });
  await direct.store.migrate?.();
  const behind = await remote.open(proxy.url, { space, now });
  onTestFinished(async () => {
    proxy.resume();
    await behind.close();
    await proxy.stop();
    await direct.remove();
  });
  return { proxy, behind: behind.store, direct: direct.store };
}

/** Instances on one empty store, one for each clock, until the test ends. */
export async function openAll(
  { remote, url }: StoreUnderFault,
  clocks: readonly (() => number)[],
): Promise<SessionStore[]> {
  const space = ownSpace();
  const opened: OpenRemoteStore[] = [];
  onTestFinished(async () => {
    for (const [index, { close, remove }] of opened.entries())
      await (index === 0 ? remove() : close());
  });
  for (const now of clocks) {
    opened.push(await remote.open(url, { space, now }));
    if (opened.length === 1) await opened[0]?.store.migrate?.();
  }
  return opened.map(({ store }) => store);
}

/** An empty store, until the test ends. */
export async function openOne(under: StoreUnderFault, now: () => number): Promise<SessionStore> {
  const [store] = await openAll(under, [now]);
  return store!;
}

/** Waits until `check` does not throw any more. */
export function eventually<Result>(check: () => Result | Promise<Result>): Promise<Result> {
  return vi.waitFor(check, { timeout: 20_000, interval: 20 });
}

/** A record that lives for an hour from now. */
export function recordOf(data: string, now: number = Date.now()): SessionRecord {
  return { data, createdAt: now, touchedAt: now, expiresAt: now + 3_600_000 };
}

/** Whole numbers from 0 up to `count`. */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
