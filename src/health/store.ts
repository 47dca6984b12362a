import { randomUUID } from 'node:crypto';
import type { SessionStore } from '../stores/contract.js';
import { checkClock } from './clock.js';
import { type Finding, ok, warning } from './finding.js';
import type { ServerFacts } from './server.js';

const PROBE_LIFE = 60_000;

type StoreVerbs = Pick<SessionStore, 'name' | 'read' | 'create' | 'update' | 'touch' | 'destroy'>;

/** What the server of a store says of itself. Rejects as its client does. */
export async function checkServer(name: string, server: ServerFacts): Promise<Finding[]> {
  const findings: Finding[] = [];
  const weaknesses = await server.weaknesses();
  findings.push(
    ...(weaknesses.length === 0
      ? [ok(`The settings of the ${name} server suit sessions.`)]
      : weaknesses.map(({ is, advice }) => warning(is, advice))),
  );
  if (server.now !== undefined) {
    const asked = Date.now();
    const told = await server.now();
    findings.push(checkClock(`the ${name} server`, told, (asked + Date.now()) / 2, 0));
  }
  return findings;
}

/**
 * Each verb once, with a record of its own. `clock` is that of the sessions, in epoch milliseconds.
 * Rejects as the store does.
 */
export async function checkStore(
  store: StoreVerbs,
  clock: () => number = Date.now,
): Promise<Finding> {
  const id = `doctor-${randomUUID()}`;
  const now = clock();
  const record = { data: 'doctor', createdAt: now, touchedAt: now, expiresAt: now + PROBE_LIFE };
  const beganAt = performance.now();
  const version = await store.create(id, record);
  const answers = [
    version !== undefined,
    (await store.touch(id, record.expiresAt, now)) &&
      (await store.read(id))?.record.data === 'doctor',
    (await store.update(id, record, version)) !== undefined,
    await store.destroy(id),
  ];
  const each = ((performance.now() - beganAt) / 5).toFixed(1);
  return answers.every(Boolean)
    ? ok(`The ${store.name} store reads and writes, in ${each} ms a call.`)
    : warning(
        `The ${store.name} store lost a record that it had just stored.`,
        'Check whether its server is full, or evicts records.',
      );
}
