import { SessionError } from '../../core/errors.js';

type Has = (...methods: readonly string[]) => boolean;

/** What of which library a factory takes, told by methods that the others do not have. */
const TAKEN: readonly {
  readonly library: string;
  readonly factory: string;
  /** What takes it for notices. */
  readonly notices?: string;
  readonly fits: (has: Has, value: object) => boolean;
}[] = [
  {
    library: 'redis, ioredis or iovalkey',
    factory: 'redisStore',
    notices: 'redisNotices',
    fits: (has, value) => has('sendCommand') && ('isOpen' in value || has('call')),
  },
  {
    library: 'the AWS SDK',
    factory: 'dynamodbStore',
    fits: (has, value) => has('send') && 'middlewareStack' in value,
  },
  { library: 'mysql2 or mariadb', factory: 'mysqlStore', fits: (has) => has('query', 'execute') },
  {
    library: 'pg',
    factory: 'postgresStore',
    notices: 'postgresNotices',
    fits: (has) => has('query', 'connect'),
  },
  {
    library: 'postgres',
    factory: 'postgresStore',
    notices: 'postgresNotices',
    fits: (has, value) => has('unsafe') && !isBunSql(value),
  },
  {
    library: 'SQLite',
    factory: 'sqliteStore',
    fits: (has) => has('prepare', 'exec') && !has('query'),
  },
  {
    library: 'mongodb',
    factory: 'mongodbStore',
    notices: 'mongodbNotices',
    fits: (has) => has('findOne', 'replaceOne') || has('db', 'startSession') || has('collection'),
  },
  {
    library: 'memjs or memcache',
    factory: 'memcachedStore',
    fits: (has) => has('incrSeq') || has('getNodes', 'gets'),
  },
  { library: 'unstorage', factory: 'unstorageStore', fits: (has) => has('getItem', 'getKeys') },
  { library: 'Sojourn', factory: 'createSessions', fits: (has) => has('read', 'create', 'touch') },
  {
    library: 'express-session',
    factory: 'fromConnect',
    fits: (has) => has('get', 'set', 'destroy', 'createSession'),
  },
  { library: 'keyv', factory: 'keyvStore', fits: (has) => has('get', 'set', 'delete', 'on') },
];

/**
 * The error for a client that a factory does not take. It says what was given and who takes that,
 * and never what a text holds, which may be an address with a password. `advice` is what to give.
 */
export function refusedClient(
  factory: string,
  option: string,
  value: unknown,
  advice: string,
): SessionError {
  return new SessionError('invalid-option', `${option} is ${kindOf(value, factory)} ${advice}`);
}

/** The other factory that takes a client, and of which library it is. */
export function takenElsewhere(
  client: object,
  factory: string,
): { readonly library: string; readonly factory: string } | undefined {
  const has: Has = (...methods) =>
    methods.every((name) => typeof (client as Record<string, unknown>)[name] === 'function');
  const taken = TAKEN.find(({ fits }) => fits(has, client));
  if (taken === undefined) return undefined;
  const isForNotices = factory.endsWith('Notices') && taken.notices !== undefined;
  const other = isForNotices ? taken.notices : taken.factory;
  return other === factory ? undefined : { library: taken.library, factory: other };
}

function kindOf(value: unknown, factory: string): string {
  if (value === undefined || value === null) return 'missing.';
  if (typeof value === 'string') return 'a text, not a client.';
  if (typeof value !== 'object' && typeof value !== 'function') return `a ${typeof value}.`;
  if (isClass(value)) return `the class ${value.name}, not an object of it.`;
  if ('then' in value) return 'a promise. Await it first.';
  if (isBunSql(value)) return `a Bun.SQL of ${value.options.adapter}.`;
  const taken = takenElsewhere(value, factory);
  if (taken !== undefined) return `of ${taken.library}, which ${taken.factory} takes.`;
  const name: unknown = value.constructor?.name;
  const isNamed = typeof name === 'string' && !/^(Object|Function|)$/.test(name);
  return isNamed ? `a ${name}.` : 'not what it should be.';
}

function isBunSql(value: object): value is { readonly options: { readonly adapter: string } } {
  return 'unsafe' in value && 'distributed' in value && 'options' in value;
}

function isClass(value: object): value is { readonly name: string } {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}
