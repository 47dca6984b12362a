import { STATUS_CODES } from 'node:http';
import { isSessionError, type SessionError } from '../../core/errors.js';
import { addHeaders } from '../../http/headers.js';
import type { HeaderPair } from '../../http/transport.js';
import { appended } from '../answers/answer.js';

/** Headers as hapi keeps them, by names in lower case. */
export type HapiHeaders = Record<string, number | string | string[] | undefined>;

/** The fields that hapi reads from an error. */
interface Boom {
  readonly isBoom: true;
  readonly isServer: boolean;
  readonly output: {
    readonly statusCode: number;
    readonly payload: object;
    readonly headers: HapiHeaders;
  };
}

/** Of a response, or of the error that is answered. */
export function statusOf(response: unknown): number | undefined {
  const { output, statusCode } = response as Partial<Boom> & { statusCode?: number };
  return output?.statusCode ?? statusCode;
}

/** Many requests may share one error object, so a visitor's headers go into a copy. */
export function ownBoom(error: Error): Error & Pick<Boom, 'output'> {
  const { output } = isSessionError(error) ? toBoom(error) : (error as Error & Boom);
  return Object.create(error, {
    isBoom: { value: true },
    output: { value: { ...output, headers: { ...output.headers } } },
  });
}

/** Adds the headers of a commit. */
export function add(headers: HapiHeaders, pairs: readonly HeaderPair[]): void {
  const put = (name: string, value: string | string[]): void => {
    headers[name.toLowerCase()] = value;
  };
  addHeaders(
    {
      get: (name) => headers[name.toLowerCase()]?.toString(),
      set: put,
      append: (name, value) => put(name, appended(headers[name.toLowerCase()], value)),
    },
    pairs,
  );
}

/** What `task` gives. A `SessionError` becomes an error that hapi answers with its status. */
export async function asBoom<Result>(task: () => Promise<Result>): Promise<Result> {
  try {
    return await task();
  } catch (error) {
    throw isSessionError(error) ? toBoom(error) : error;
  }
}

/** hapi answers 500 to every error that is not a Boom error. */
function toBoom(error: SessionError): SessionError & Boom {
  const { status: statusCode } = error;
  const name = STATUS_CODES[statusCode] ?? 'Error';
  const payload = { statusCode, error: name, message: name };
  const retry = error.headers && { 'retry-after': error.headers['Retry-After'] };
  const output = { statusCode, payload, headers: { 'cache-control': 'no-store', ...retry } };
  return Object.assign(error, { isBoom: true as const, isServer: statusCode >= 500, output });
}
