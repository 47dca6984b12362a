import { randomInt } from 'node:crypto';
import type { Duration } from '../../core/expiry.js';
import type { PageOptions, SessionPage, SessionRecord, SessionStore } from '../contract.js';
import { fromStorableTexts, toStorableTexts } from '../text/record-texts.js';
import { fromStorable, toStorable } from '../text/storable-text.js';
import type { SqlClient, SqlRow, SqlValue } from './client.js';
import { createPruner } from './pruner.js';
import type { SqlStatements } from './statements.js';

/** What an SQL store is made of. */
export interface SqlStoreParts {
  readonly name: string;
  readonly client: SqlClient;
  readonly statements: SqlStatements;
  readonly pruneInterval: Duration | false | undefined;
  readonly now: () => number;
}

/**
 * The store over any SQL database. Every write is one statement that names its condition, so the
 * database makes comparing and writing one step. `close` ends what it does by itself, and leaves
 * the client open.
 */
export function sqlStore(parts: SqlStoreParts): SessionStore<number> {
  const { name, client, statements, now } = parts;
  const prune = async (before: number, limit: number): Promise<number> =>
    client.run(statements.prune, [before, limitText(limit)]);
  const pruner = createPruner(parts.pruneInterval, { name, prune, now });

  /** By id: no cursor stays open at the database while the caller takes its time. */
  async function pageOf(
    statement: string,
    { after = '', limit }: PageOptions,
    ...first: readonly SqlValue[]
  ): Promise<SessionPage> {
    const rows = await client.rows(statement, [
      ...first,
      toStorable(after),
      now(),
      limitText(limit),
    ]);
    const entries = rows.map((row) => ({
      id: fromStorable(String(row.id)),
      record: toRecord(row),
    }));
    return { entries, next: rows.length < limit ? undefined : entries.at(-1)?.id };
  }

  return {
    name,

    async read(id) {
      const [row] = await client.rows(statements.read, [toStorable(id), now()]);
      return row && { record: toRecord(row), version: Number(row.version) };
    },

    async create(id, record) {
      pruner.recordCreated();
      // Each life of an id counts up from a random number: a version of an earlier life fits a
      // later one at odds of its updates in 2^48.
      const version = randomInt(2 ** 48 - 1);
      const values = [toStorable(id), version, ...toValues(record)];
      if ((await client.run(statements.insert, values)) > 0) return version;
      // A row has the id. An expired one makes way; then it is for the insert to say whose the id
      // is.
      await client.run(statements.destroyExpired, [toStorable(id), now()]);
      return (await client.run(statements.insert, values)) > 0 ? version : undefined;
    },

    async update(id, record, version) {
      const updated = await client.run(statements.update, [
        ...toValues(record),
        toStorable(id),
        version,
        now(),
      ]);
      return updated === 0 ? undefined : version + 1;
    },

    async touch(id, expiresAt, touchedAt) {
      return (
        (await client.run(statements.touch, [expiresAt, touchedAt, toStorable(id), now()])) > 0
      );
    },

    async destroy(id, version) {
      const destroyed =
        version === undefined
          ? await client.run(statements.destroy, [toStorable(id), now()])
          : await client.run(statements.destroyVersion, [toStorable(id), version, now()]);
      return destroyed > 0;
    },

    byUser: (userId, page) => pageOf(statements.byUser, page, toStorable(userId)),

    list: (page) => pageOf(statements.list, page),

    async count() {
      const [row] = await client.rows(statements.count, [now()]);
      return Number(row?.live);
    },

    prune,

    async clear() {
      await client.run(statements.clear, []);
    },

    async migrate() {
      for (const statement of statements.migrate) await client.run(statement, []);
    },

    async close() {
      pruner.stop();
    },
  };
}

/** As text: mysql2 may send a number as a floating-point one, which MySQL does not take. */
function limitText(limit: number): string {
  return String(Math.min(limit, Number.MAX_SAFE_INTEGER));
}

function toValues(record: SessionRecord): SqlValue[] {
  const { data, userId = null, ipAddress = null, userAgent = null } = toStorableTexts(record);
  return [userId, ipAddress, userAgent, data, record.createdAt, record.touchedAt, record.expiresAt];
}

function toRecord(row: SqlRow): SessionRecord {
  const { payload: data, user_id: userId, ip_address: ipAddress, user_agent: userAgent } = row;
  return {
    ...fromStorableTexts({ data, userId, ipAddress, userAgent }),
    createdAt: Number(row.created_at),
    touchedAt: Number(row.last_activity),
    expiresAt: Number(row.expires_at),
  };
}
