import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findServer, startServer } from '../../scripts/servers/index.js';
import type { ReplicaSet } from '../../scripts/servers/types.js';
import type { SessionRecord, SessionStore } from '../../src/stores/contract.js';
import { mongodbStores } from '../remote-stores/mongodb.js';
import type { OpenRemoteStore } from '../remote-stores/remote-store.js';

const availability = await findServer('mongodb-replica-set');
if (!availability.available && process.env.CI) throw new Error(availability.reason);

const acknowledgedPerPhase = process.env.SOJOURN_LONG === '1' ? 1000 : 60;

function record(data: string): SessionRecord {
  const now = Date.now();
  return { data, createdAt: now, touchedAt: now, expiresAt: now + 3_600_000 };
}

/** Visitors of one shared session and of some short ones, who write down what was acknowledged. */
class Traffic {
  readonly appended: string[] = [];
  readonly created: string[] = [];
  readonly destroyed: string[] = [];
  #isRunning = true;
  readonly #store: SessionStore;
  readonly #writers: Promise<void>[];

  constructor(store: SessionStore) {
    this.#store = store;
    this.#writers = ['a', 'b', 'c'].map((name) => this.#write(name));
  }

  /** Waits until so many more writes to the shared session are acknowledged. */
  async acknowledges(count: number): Promise<void> {
    const goal = this.appended.length + count;
    while (this.appended.length < goal) await delay(10);
  }

  async end(): Promise<void> {
    this.#isRunning = false;
    await Promise.all(this.#writers);
  }

  async #write(name: string): Promise<void> {
    for (let number = 0; this.#isRunning; number++) {
      const id = `${name}${number}`;
      try {
        await this.#append(id);
        if ((await this.#store.create(id, record(id))) === undefined) continue;
        if (number % 2 === 0) this.created.push(id);
        else if (await this.#store.destroy(id)) this.destroyed.push(id);
      } catch {
        // Not acknowledged: it may or may not have been done.
      }
    }
  }

  async #append(word: string): Promise<void> {
    const stored = await this.#store.read('shared');
    if (stored === undefined) throw new Error('the shared session is gone');
    const next = record(`${stored.record.data} ${word}`);
    if ((await this.#store.update('shared', next, stored.version)) !== undefined)
      this.appended.push(word);
  }
}

describe.skipIf(!availability.available)('a replica set', () => {
  let replicaSet: ReplicaSet;
  let opened: OpenRemoteStore;

  beforeAll(async () => {
    replicaSet = await startServer('mongodb-replica-set');
    opened = await mongodbStores[0]!.open(replicaSet.url, { space: 'failover' });
    await opened.store.create('shared', record('start'));
  }, 120_000);

  afterAll(async () => {
    await opened?.close();
    await replicaSet?.stop();
  });

  test('F-04 V-01 V-02 a primary that steps down, one that is killed: no acknowledged write is lost', {
    timeout: 300_000,
  }, async () => {
    const { store } = opened;
    const traffic = new Traffic(store);
    await traffic.acknowledges(acknowledgedPerPhase);
    await replicaSet.failover();
    await traffic.acknowledges(acknowledgedPerPhase);
    const killed = await replicaSet.primary();
    await killed.kill();
    await traffic.acknowledges(acknowledgedPerPhase);
    await killed.restart();
    await traffic.acknowledges(acknowledgedPerPhase);
    await traffic.end();

    const words = new Set((await store.read('shared'))?.record.data.split(' '));
    expect(traffic.appended.filter((word) => !words.has(word))).toEqual([]);
    for (const id of traffic.created) expect((await store.read(id))?.record.data).toBe(id);
    for (const id of traffic.destroyed) expect(await store.read(id)).toBeUndefined();
    expect(traffic.created.length + traffic.destroyed.length).toBeGreaterThan(acknowledgedPerPhase);
  });
});
