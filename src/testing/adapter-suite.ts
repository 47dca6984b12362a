import type { CaseDefinition, StartAdapter } from './adapter-cases/case.js';
import { runCase } from './adapter-cases/case.js';
import { CONNECTION_CASES } from './adapter-cases/connection.js';
import { FAILURE_CASES } from './adapter-cases/failures.js';
import { FLASH_CASES } from './adapter-cases/flash.js';
import { HEADER_CASES } from './adapter-cases/headers.js';
import { IDENTITY_CASES } from './adapter-cases/identity.js';
import { NESTED_CASES } from './adapter-cases/nested.js';
import { REQUEST_CASES } from './adapter-cases/requests.js';
import { STREAM_CASES } from './adapter-cases/streams.js';
import { UNTOUCHED_CASES } from './adapter-cases/untouched.js';
import { type ContractCase, contractCases, type RegisterTest, registerCases } from './suite.js';

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
  ...UNTOUCHED_CASES,
  ...REQUEST_CASES,
  ...FLASH_CASES,
  ...HEADER_CASES,
  ...CONNECTION_CASES,
  ...IDENTITY_CASES,
  ...NESTED_CASES,
  ...FAILURE_CASES,
  ...STREAM_CASES,
];

/** Options of {@link adapterCases}. */
export interface AdapterCasesOptions {
  /** Starts a server with the adapter. Called once or more for each case. */
  start: StartAdapter;
  /**
   * The rules that the adapter does not follow: the id of a case (`'stream/abort'`) or of a group
   * (`'stream'`), with the reason. Such a case does not run; it is shown with its reason.
   */
  differences?: Readonly<Record<string, string>> | undefined;
}

/**
 * The rules for an adapter as data, for your own runner.
 * @throws `invalid-option` when a declared difference is not the id of a case or group.
 */
export function adapterCases({ start, differences = {} }: AdapterCasesOptions): ContractCase[] {
  return contractCases(DEFINITIONS, differences, (definition) => runCase(definition, start));
}

/** Options of {@link adapterSuite}. */
export interface AdapterSuiteOptions extends AdapterCasesOptions {
  test: RegisterTest;
}

/**
 * Registers every rule for an adapter as a test of your runner. Declared differences appear as
 * skipped tests with their reason, or as empty ones where the runner cannot skip.
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
 * @throws `invalid-option` when a declared difference is not the id of a case or group.
 */
export function adapterSuite({ test, ...options }: AdapterSuiteOptions): void {
  registerCases(adapterCases(options), test);
}
