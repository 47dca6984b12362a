import { createHash } from 'node:crypto';
import expressSession from 'express-session';
import memorystore from 'memorystore';
import { createSessions } from '../../dist/index.js';
import { memoryStore } from '../../dist/stores/memory.js';
import { sampleData } from '../data.js';

const HOUR = 3_600_000;

/**
 * @typedef {object} Subject
 * @property {(number: number) => unknown} insert stores one more session of 186 bytes of JSON,
 * under a token of its own
 * @property {boolean} sweeps whether expired sessions are freed without being asked for
 */

/** @type {Record<string, () => Subject | Promise<Subject>>} */
export const STORES = {
  'sojourn memory': sojourn,
  'express-session MemoryStore': () => ({
    insert: inserter(new expressSession.MemoryStore()),
    sweeps: false,
  }),
  memorystore: () => ({
    insert: inserter(new (memorystore(expressSession))({ checkPeriod: 10_000 })),
    sweeps: true,
  }),
};

/**
 * The core once, for a record as it makes them; then the store alone. @returns {Promise<Subject>}
 */
async function sojourn() {
  const store = memoryStore({ warn: false, maxBytes: 2 ** 30 });
  const record = await recordOf(sampleData());
  const [before = '', after = ''] = record.data.split('"Ada Lovelace"');
  return {
    insert: (number) => {
      const now = Date.now();
      return store.create(token(number), {
        data: `${before}"Ada ${String(number).padStart(8, '0')}"${after}`,
        createdAt: now,
        touchedAt: now,
        expiresAt: now + HOUR,
      });
    },
    sweeps: true,
  };
}

/**
 * @param {Record<string, any>} data @returns {Promise<import('../../dist/index.js').SessionRecord>}
 */
async function recordOf(data) {
  const store = memoryStore({ warn: false });
  const sessions = createSessions({ store });
  const session = await sessions.open({ host: 'localhost' });
  for (const [key, value] of Object.entries(data)) session.set(key, value);
  await sessions.commit(session);
  const stored = await store.read(session.id);
  await store.close?.();
  if (stored === undefined) throw new Error('There is no record');
  return stored.record;
}

/** @param {import('express-session').Store} store */
function inserter(store) {
  return (/** @type {number} */ number) => {
    const data = sampleData();
    data.user.name = `Ada ${String(number).padStart(8, '0')}`;
    const cookie = {
      originalMaxAge: HOUR,
      maxAge: HOUR,
      expires: new Date(Date.now() + HOUR),
      httpOnly: true,
      path: '/',
    };
    store.set(token(number).slice(0, 32), /** @type {any} */ ({ cookie, ...data }));
  };
}

/** As long and as random as the ids are. @param {number} number */
function token(number) {
  return createHash('sha256').update(String(number)).digest('base64url');
}
