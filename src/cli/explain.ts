import { isSessionError } from '../core/errors.js';
import { ExitCode } from './exit-code.js';
import { redacted } from './redact.js';
import { UsageError } from './usage-error.js';

/** An error as the command line tells it: what happened, then what to do. */
export interface Explanation {
  readonly code: string;
  readonly message: string;
  readonly exitCode: ExitCode;
}

const CHECK_CONNECTION =
  'Check host and port in connection (or --connection), and that the server is up.';
const CHECK_LOGIN = 'Check user and password in connection (or --connection).';
const CHECK_DATABASE = 'Make the database, or correct its name in connection (or --connection).';
const CHECK_FILE = 'Name an SQLite file in connection (or --connection) that this user may write.';
const CHECK_URL =
  'Correct connection (or --connection): percent-encode special characters in its user and password.';
const CHECK_PERMISSIONS =
  'Give the user of connection the permissions on the page of the store in docs/stores.';
const MIGRATE =
  'Make the table with `npx sojourn migrate`, or correct its name in table (or --table).';

/**
 * What to do about an error of a client, by its `code` or `name`, or by the first word of its
 * message.
 */
const ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: CHECK_CONNECTION,
  ECONNRESET: CHECK_CONNECTION,
  ENOTFOUND: CHECK_CONNECTION,
  EAI_AGAIN: CHECK_CONNECTION,
  ETIMEDOUT: CHECK_CONNECTION,
  CONNECT_TIMEOUT: CHECK_CONNECTION,
  ER_GET_CONNECTION_TIMEOUT: CHECK_CONNECTION,
  ER_CONNECTION_TIMEOUT: CHECK_CONNECTION,
  ER_SOCKET_UNEXPECTED_CLOSE: CHECK_CONNECTION,
  MongoServerSelectionError: CHECK_CONNECTION,
  ERR_INVALID_URL: CHECK_URL,
  URIError: CHECK_URL,
  EACCES: 'Run it as the user of the server, or give this user access.',
  EISDIR: 'Name a file, not a folder.',
  ENOTDIR: 'Name a folder, not a file.',
  ENOENT: 'Make the folder, or correct the path.',
  // SQLite, by its three clients
  ERR_SQLITE_ERROR: CHECK_FILE,
  SQLITE_NOTADB: CHECK_FILE,
  SQLITE_CANTOPEN: CHECK_FILE,
  SQLITE_READONLY: CHECK_FILE,
  // Redis
  ERR: 'Check the number of the database in connection (or --connection), and that the server is Redis 7 or later.',
  NOAUTH: CHECK_LOGIN,
  WRONGPASS: CHECK_LOGIN,
  NOPERM: CHECK_PERMISSIONS,
  OOM: 'Give the server more memory, or see what else is in it.',
  // PostgreSQL
  '28P01': CHECK_LOGIN,
  '28000': CHECK_LOGIN,
  '3D000': CHECK_DATABASE,
  '42P01': MIGRATE,
  '42501': CHECK_PERMISSIONS,
  // MySQL and MariaDB
  ER_ACCESS_DENIED_ERROR: CHECK_LOGIN,
  ER_ACCESS_DENIED_NO_PASSWORD_ERROR: CHECK_LOGIN,
  ER_DBACCESS_DENIED_ERROR: CHECK_LOGIN,
  ER_BAD_DB_ERROR: CHECK_DATABASE,
  ER_NO_DB_ERROR: 'Write the name of the database behind the host in connection (or --connection).',
  ER_TABLEACCESS_DENIED_ERROR: CHECK_PERMISSIONS,
  ER_NO_SUCH_TABLE: MIGRATE,
  // DynamoDB
  ResourceNotFoundException: MIGRATE,
  CredentialsProviderError: 'Give the AWS credentials in the environment.',
};

/** How clients say, without a code, that nobody answers who speaks as their server does. */
const UNREACHABLE = /^connection (timeout|terminated|is closed)|^socket closed|trying to connect/i;

/** Says what an error is and what to do about it. */
export function explain(error: unknown): Explanation {
  if (error instanceof UsageError)
    return { code: 'usage', message: redacted(error.message), exitCode: ExitCode.usage };
  // What the client said says more than that it failed.
  if (isSessionError(error, 'store-failed') && error.cause !== undefined)
    return explain(error.cause);
  const message = messageOf(error);
  if (isSessionError(error)) {
    const exitCode = error.code === 'invalid-option' ? ExitCode.usage : ExitCode.failed;
    return { code: error.code, message: joined(message, adviceOn(error.cause)), exitCode };
  }
  return {
    code: 'failed',
    message: joined(message, adviceOn(error) ?? 'See all of the error with --verbose.'),
    exitCode: ExitCode.failed,
  };
}

/** The message in one line. Clients leave it empty when several addresses were tried. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return messageOf(error.errors[0]);
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return redacted(line.trim());
}

/** Two sentences: what happened, and what to do. */
export function joined(message: string, advice: string | undefined): string {
  if (advice === undefined) return message;
  return `${message}${/[.!?]$/.test(message) ? '' : '.'} ${advice}`;
}

function adviceOn(error: unknown): string | undefined {
  for (const candidate of causesOf(error)) {
    const { code, name, message } = candidate as Error & { code?: unknown };
    const [firstWord] = String(message).split(' ');
    const key = [code, name, firstWord].find((word) => Object.hasOwn(ADVICE, String(word)));
    if (key !== undefined) return ADVICE[String(key)];
    if (UNREACHABLE.test(message)) return CHECK_CONNECTION;
  }
  return undefined;
}

/** An error, what it gathers, and what led to it. */
function* causesOf(error: unknown): Generator<object> {
  if (typeof error !== 'object' || error === null) return;
  yield error;
  if (error instanceof AggregateError) for (const part of error.errors) yield* causesOf(part);
  if ('cause' in error) yield* causesOf(error.cause);
}
