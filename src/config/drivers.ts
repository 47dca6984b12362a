import { SessionError } from '../core/errors.js';
import type { SessionStore } from '../stores/contract.js';
import type { SessionConfig } from './config.js';
import type { Driver, OpenedStore } from './driver.js';
import { dynamodbDriver } from './drivers/dynamodb.js';
import { cookieDriver, fileDriver, memoryDriver, sqliteDriver } from './drivers/local.js';
import { memcachedDriver } from './drivers/memcached.js';
import { mongodbDriver } from './drivers/mongodb.js';
import { mysqlDriver } from './drivers/mysql.js';
import { postgresDriver } from './drivers/postgres.js';
import { redisDriver } from './drivers/redis.js';

/**
 * Makes the store of a driver that was registered with {@link extend}. `sessions.close()` calls the
 * store's `close`.
 */
export type DriverFactory = (config: SessionConfig) => SessionStore | Promise<SessionStore>;

const DRIVERS: readonly Driver[] = [
  memoryDriver,
  cookieDriver,
  fileDriver,
  sqliteDriver,
  redisDriver,
  postgresDriver,
  mysqlDriver,
  memcachedDriver,
  mongodbDriver,
  dynamodbDriver,
];

const factories = new Map<string, DriverFactory>();

/**
 * Registers a driver of your own: `extend('mongo', (config) => mongoStore(config.connection))`.
 * From then on `driver: 'mongo'` uses it, even when Sojourn has a driver of this name.
 */
export function extend(name: string, factory: DriverFactory): void {
  factories.set(name, factory);
}

/**
 * The built-in driver of a configuration; `undefined` when the configuration has its own store or
 * driver.
 */
export function driverOf(config: SessionConfig): Driver | undefined {
  const { driver, connection } = config;
  if (config.store !== undefined || (driver !== undefined && factories.has(driver)))
    return undefined;
  if (driver === undefined && connection === undefined) return fileDriver;
  const protocol = connection === undefined ? undefined : protocolOf(connection);
  const found =
    driver === undefined
      ? DRIVERS.find(({ protocols }) => protocols.includes(protocol ?? ''))
      : DRIVERS.find(({ name }) => name === driver);
  if (found === undefined) {
    throw driver === undefined
      ? invalid(
          `No driver knows '${protocol}' in connection. It begins with one of: ${DRIVERS.flatMap(({ protocols }) => protocols).join(', ')}.`,
        )
      : invalid(
          `There is no driver '${driver}'. Choose one of: ${driverNames().join(', ')}; or register it with extend('${driver}', factory).`,
        );
  }
  if (protocol !== undefined && !found.protocols.includes(protocol)) {
    throw invalid(
      `driver is '${found.name}', but connection begins with '${protocol}'. Leave out driver, or begin with ${found.protocols.join(' or ')}.`,
    );
  }
  return found;
}

/** The allowed values of `driver`. */
export function driverNames(): string[] {
  return [...new Set([...DRIVERS.map(({ name }) => name), ...factories.keys()])];
}

/**
 * The URL of the store of a configuration; `undefined` when only the code that makes the store
 * knows.
 */
export function connectionOf(config: SessionConfig): string | undefined {
  const driver = driverOf(config);
  if (driver === undefined || config.connection !== undefined) return config.connection;
  return driver === fileDriver ? `file:${config.files ?? 'storage/sessions'}` : driver.connection;
}

/**
 * Opens the store of a configuration. With `mustExist`, a missing file, folder or SQLite table is
 * an error; otherwise it is created. With `prunes`, an SQL store deletes expired records by itself.
 * @throws `invalid-option`, with a message that says what to write or install; the client's error
 * when the server cannot be reached.
 */
export async function openStore(
  config: SessionConfig,
  { mustExist = false, prunes = false }: { mustExist?: boolean; prunes?: boolean } = {},
): Promise<OpenedStore> {
  const driver = driverOf(config);
  if (driver !== undefined) {
    return driver.open({
      connection: connectionOf(config) ?? '',
      table: config.table,
      mustExist,
      pruneInterval: prunes ? undefined : false,
    });
  }
  const given = config.store ?? factories.get(config.driver ?? '');
  const store: unknown = await (typeof given === 'function' ? given(config) : given);
  if (!isStore(store)) {
    throw invalid(
      config.store === undefined
        ? `The factory of the driver '${config.driver}' gave no store. Return one from it.`
        : 'store is not a store. Give one, or a function that returns one.',
    );
  }
  return { store };
}

function isStore(value: unknown): value is SessionStore {
  return typeof value === 'object' && value !== null && 'read' in value;
}

function protocolOf(connection: string): string {
  const [protocol] = /^[a-z][a-z0-9+.-]*:/i.exec(connection) ?? [];
  if (protocol === undefined) {
    // The connection is not repeated, since it may contain a password.
    throw invalid(
      "connection is not a URL. Write it with its protocol in front, such as 'sqlite:sessions.sqlite' or 'redis://localhost:6379'.",
    );
  }
  return protocol.toLowerCase();
}

function invalid(message: string): SessionError {
  return new SessionError('invalid-option', message);
}
