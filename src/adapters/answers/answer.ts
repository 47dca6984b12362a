import { addHeaders, type HeaderTarget } from '../../http/headers.js';
import type { Answer } from '../../http/transport.js';

/** The part of a commit's answer that is written here. */
export type CommitAnswer = Pick<Answer, 'headers'>;

/** A plain object of headers, as some frameworks keep them. Names may have any case. */
export type PlainHeaders = Record<string, string | number | readonly string[] | undefined>;

/** The headers of a response of `node:http` and of frameworks that have the same methods. */
export interface NodeHeaderMethods {
  getHeader(name: string): number | string | readonly string[] | undefined;
  setHeader(name: string, value: string | readonly string[]): unknown;
  removeHeader(name: string): unknown;
  getHeaders(): Readonly<Record<string, number | string | readonly string[] | undefined>>;
}

/** Where a framework keeps the headers of a response. */
export type AnswerTarget = Headers | NodeHeaderMethods | PlainHeaders;

/**
 * Adds the answer of a commit to the headers of a response, by the rules of `addHeaders`. The
 * target may be web `Headers`, a Node response, or a plain object.
 */
export function addAnswer(target: AnswerTarget, answer: CommitAnswer): void {
  addHeaders(accessTo(target), answer.headers);
}

/**
 * Remembers the headers of a response before the handler runs. Call the returned function when the
 * commit fails: it restores these headers, and sets `no-store`, so no cache keeps the error page.
 */
export function lostAnswer(target: AnswerTarget): () => void {
  const access = accessTo(target);
  const before = access.entries();
  return () => {
    for (const [name] of access.entries()) access.remove(name);
    for (const [name, value] of before)
      for (const one of Array.isArray(value) ? value : [value]) access.append(name, String(one));
    access.remove('Cache-Control');
    access.set('Cache-Control', 'no-store');
  };
}

interface HeaderAccess extends HeaderTarget {
  remove(name: string): void;
  entries(): [string, unknown][];
}

function accessTo(target: AnswerTarget): HeaderAccess {
  if (isWeb(target)) return webAccess(target);
  if (isNode(target)) return nodeAccess(target);
  return plainAccess(target);
}

function isWeb(target: AnswerTarget): target is Headers {
  return typeof (target as Partial<Headers>).getSetCookie === 'function';
}

function isNode(target: AnswerTarget): target is NodeHeaderMethods {
  return typeof (target as Partial<NodeHeaderMethods>).getHeader === 'function';
}

function webAccess(headers: Headers): HeaderAccess {
  return {
    get: (name) => headers.get(name),
    set: (name, value) => headers.set(name, value),
    append: (name, value) => headers.append(name, value),
    remove: (name) => headers.delete(name),
    entries: () => [...headers],
  };
}

function nodeAccess(response: NodeHeaderMethods): HeaderAccess {
  return {
    get: (name) => response.getHeader(name)?.toString(),
    set: (name, value) => void response.setHeader(name, value),
    append: (name, value) =>
      void response.setHeader(name, appended(response.getHeader(name), value)),
    remove: (name) => void response.removeHeader(name),
    entries: () => definedEntries(response.getHeaders()),
  };
}

function plainAccess(headers: PlainHeaders): HeaderAccess {
  const nameOf = (name: string): string =>
    Object.keys(headers).find((key) => key.toLowerCase() === name.toLowerCase()) ?? name;
  return {
    get: (name) => headers[nameOf(name)]?.toString(),
    set: (name, value) => {
      headers[nameOf(name)] = value;
    },
    append: (name, value) => {
      headers[nameOf(name)] = appended(headers[nameOf(name)], value);
    },
    remove: (name) => {
      delete headers[nameOf(name)];
    },
    entries: () => definedEntries(headers),
  };
}

function definedEntries(headers: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(headers).filter(([, value]) => value !== undefined);
}

/** A new list, since the present one may belong to the handler and be shared by all visitors. */
export function appended(
  present: number | string | readonly string[] | undefined,
  value: string,
): string | string[] {
  return present === undefined ? value : [present, value].flat().map(String);
}
