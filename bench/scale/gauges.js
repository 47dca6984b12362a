import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What a server says of its own work. All but the bytes of storage only grow.
 * @typedef {object} Reading
 * @property {number} cpu Milliseconds of processor time.
 * @property {number} received Bytes.
 * @property {number} sent Bytes.
 * @property {number} commands Those of scripts included.
 * @property {number} log Bytes of the append-only file, or of the write-ahead log.
 */

/**
 * @typedef {object} Gauge
 * @property {() => Promise<Reading>} read
 * @property {() => Promise<Record<string, number>>} size Bytes of all that is kept, by part.
 * @property {() => Promise<unknown>} settle Before a size is read.
 */

/** @param {any} client Of node-redis. @returns {Gauge} */
export function redisGauge(client) {
  /** @param {string} section */
  async function info(section) {
    /** @type {string} */
    const text = await client.info(section);
    return Object.fromEntries(text.split('\r\n').map((line) => line.split(':')));
  }
  return {
    async read() {
      const { used_cpu_user, used_cpu_sys } = await info('cpu');
      const { total_net_input_bytes, total_net_output_bytes } = await info('stats');
      const { aof_current_size = 0 } = await info('persistence');
      const stats = await info('commandstats');
      let commands = 0;
      for (const [name, value] of Object.entries(stats))
        if (/^cmdstat_(?!info)/.test(name)) commands += Number(/calls=(\d+)/.exec(value)?.[1] ?? 0);
      return {
        cpu: (Number(used_cpu_user) + Number(used_cpu_sys)) * 1000,
        received: Number(total_net_input_bytes),
        sent: Number(total_net_output_bytes),
        commands,
        log: Number(aof_current_size),
      };
    },
    size: async () => ({ memory: Number((await info('memory')).used_memory) }),
    async settle() {
      for (let before = -1, keys = await client.dbSize(); keys !== before; ) {
        await sleep(2000);
        before = keys;
        keys = await client.dbSize();
      }
    },
  };
}

/**
 * @param {import('pg').Pool} pool Of the store; its connections are counted. @param
 * {import('pg').Pool} own Of the gauge. @param {number} postmaster Its process id.
 * @returns {Gauge}
 */
export function postgresGauge(pool, own, postmaster) {
  /** @type {Set<any>} */
  const streams = new Set();
  let commands = 0;
  pool.on('connect', (/** @type {any} */ client) => {
    streams.add(client.connection.stream);
    const { query } = client;
    client.query = (/** @type {unknown[]} */ ...parameters) => {
      commands++;
      return query.apply(client, parameters);
    };
  });
  const perSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  /** @param {'bytesRead' | 'bytesWritten'} field */
  const bytes = (field) => [...streams].reduce((sum, stream) => sum + stream[field], 0);

  return {
    async read() {
      const { rows } = await own.query(
        "select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 as log",
      );
      return {
        cpu: (ticksOf(postmaster) / perSecond) * 1000,
        received: bytes('bytesWritten'),
        sent: bytes('bytesRead'),
        commands,
        log: rows[0].log,
      };
    },
    async size() {
      const { rows } = await own.query(
        "select relname as name, pg_table_size(oid)::float8 as table, pg_indexes_size(oid)::float8 as indexes from pg_class where relkind = 'r' and relname like 'sojourn%'",
      );
      return {
        table: rows.reduce((sum, row) => sum + row.table, 0),
        indexes: rows.reduce((sum, row) => sum + row.indexes, 0),
      };
    },
    settle: () => own.query('vacuum'),
  };
}

/** Processor time of a process and its children, those that ended included. @param {number} parent */
function ticksOf(parent) {
  let ticks = 0;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      // After the name: state, parent, …; user and system time are the 12th and the 13th.
      if (Number(name) !== parent && Number(fields[1]) !== parent) continue;
      ticks += Number(fields[11]) + Number(fields[12]);
      if (Number(name) === parent) ticks += Number(fields[13]) + Number(fields[14]);
    } catch {
      // It ended meanwhile.
    }
  }
  return ticks;
}
