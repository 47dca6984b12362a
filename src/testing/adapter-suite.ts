import { SessionError } from '../core/errors.js';
import type { CaseDefinition, StartAdapter } from './adapter-cases/case.js';
import { runCase } from './adapter-cases/case.js';
import { FAILURE_CASES } from './adapter-cases/failures.js';
import { HEADER_CASES } from './adapter-cases/headers.js';
import { IDENTITY_CASES } from './adapter-cases/identity.js';
import { REQUEST_CASES } from './adapter-cases/requests.js';
import { STREAM_CASES } from './adapter-cases/streams.js';
import type { RegisterTest } from './store-suite.js';

export type {
  AdapterContext,
  AdapterUnderTest,
  StartAdapter,
  SuiteData,
  SuiteHandler,
  SuiteReply,
  SuiteRequest,
} from './adapter-cases/case.js';

const DEFINITIONS: readonly CaseDefinition[] = [
  ...REQUEST_CASES,
  ...HEADER_CASES,
  ...IDENTITY_CASES,
  ...FAILURE_CASES,
  ...STREAM_CASES,
];

/** What {@link adapterCases} needs to know of an adapter. */
export interface AdapterCasesOptions {
  /** Starts a server behind the adapter; called once or more for each case. */
  start: StartAdapter;
  /**
   * Where the adapter does otherwise, and why: the id of a case (`'stream/abort'`), or a group (`'stream'`), with the reason. Such a case is not run,
   * but shown with its reason.
   */
  differences?: Readonly<Record<string, string>> | undefined;
}

/** One rule of the adapter contract. */
export interface AdapterCase {
  /** Group and name: `'write/redirect'`. */
  readonly id: string;
  /** The rule in words. */
  readonly title: string;
  /** Why the adapter does otherwise, if that was declared. */
  readonly difference: string | undefined;
  /** Rejects with an assertion error when the adapter breaks the rule. */
  readonly run: () => Promise<void>;
}

/**
 * The rules for an adapter as data, for a runner of your own.
 * @throws `invalid-option` when a declared difference names no case and no group.
 */
export function adapterCases({ start, differences = {} }: AdapterCasesOptions): AdapterCase[] {
  for (const name of Object.keys(differences)) {
    if (!DEFINITIONS.some(({ id }) => id === name || groupOf(id) === name)) {
      throw new SessionError('invalid-option', `differences names '${name}', which is no case. Give the id or the group of one.`);
    }
  }
  return DEFINITIONS.map((definition) => ({
    id: definition.id,
    title: definition.title,
    difference: differences[definition.id] ?? differences[groupOf(definition.id)],
    run: () => runCase(definition, start),
  }));
}

/** What {@link adapterSuite} needs to know. */
export interface AdapterSuiteOptions extends AdapterCasesOptions {
  test: RegisterTest;
}

/**
 * Registers every rule for an adapter as a test of your runner. Declared differences appear as skipped tests with their reason, or as empty ones where
 * the runner cannot skip.
 *
 * ```ts
 * adapterSuite({
 *   test,
 *   start: async ({ sessions, handle }) => {
 *     const listener = sessionListener(sessions, async ({ method, url }, response, session) => {
 *       const { status, headers, body = '' } = await handle({ method, path: url }, session);
 *       response.statusCode = status;
 *       for (const [name, value] of headers) response.appendHeader(name, value);
 *       await pipeline(Readable.from(typeof body === 'string' ? [body] : body), response);
 *     });
 *     const server = createServer(listener).listen(0, '127.0.0.1');
 *     await once(server, 'listening');
 *     return { origin: `http://127.0.0.1:${server.address().port}`, stop: async () => void server.close() };
 *   },
 * });
 * ```
 * @throws `invalid-option` when a declared difference names no case and no group.
 */
export function adapterSuite({ test, ...options }: AdapterSuiteOptions): void {
  for (const { id, title, difference, run } of adapterCases(options)) {
    if (difference === undefined) test(`${id}: ${title}`, run);
    else (test.skip ?? test)(`${id}: ${title} (differs: ${difference})`, async () => undefined);
  }
}

function groupOf(id: string): string {
  return id.slice(0, id.indexOf('/'));
}
