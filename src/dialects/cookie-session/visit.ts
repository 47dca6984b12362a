import type { NodeResponse } from '../../adapters/node/head.js';
import type { NodeRequest } from '../../adapters/node.js';
import { SessionError } from '../../core/errors.js';
import { parseCookies } from '../../http/cookie.js';
import { checkLength } from '../answers/cookie-text.js';
import type { Keys } from './keys.js';
import { CookieSession, decode, encode, type Visit } from './session.js';
import { type CookieAttributes, checkAttributes, expiresOf, setCookie } from './set-cookie.js';

/** How many cookies of one name are looked at, each with each signature. */
const MAX_COOKIES = 12;

/** The options of one request. */
export interface VisitOptions extends CookieAttributes {
  name: string;
  signed: boolean;
  overwrite?: boolean | undefined;
  secureProxy?: boolean | undefined;
}

/** One request, as {@link CookieVisit} sees it. */
export interface VisitContext {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  readonly keys: Keys | undefined;
  /** The options as the handler left them. */
  options(): VisitOptions;
  /** Called when a cookie that is secure cannot be sent. */
  warn(request: NodeRequest): void;
}

/** The session of one request: read when it is first asked for, and sent when it must be. */
export class CookieVisit implements Visit {
  readonly #context: VisitContext;
  /** `undefined` until somebody asks, `null` when it was removed. */
  #session: CookieSession | null | undefined;
  #isReplaced = false;
  /** The value that the session was made from. */
  #received: string | undefined;
  /** The signature that the browser should hold in place of the one it sent; empty for none. */
  #renewedSignature: string | undefined;
  #setCookies: string[] = [];

  constructor(context: VisitContext) {
    this.#context = context;
  }

  get isAccessed(): boolean {
    return this.#session !== undefined;
  }

  get session(): CookieSession | null {
    if (this.#session === undefined) this.#session = this.#read() ?? new CookieSession(this);
    return this.#session;
  }

  /** @throws when `value` is no object. */
  replace(value: unknown): void {
    if (value !== null && value !== undefined && typeof value !== 'object')
      throw new TypeError('req.session can only be set as null or an object.');
    this.#session = value ? new CookieSession(this, value) : null;
    this.#isReplaced = true;
    this.#received = undefined;
  }

  save(): void {
    this.#requireTime('save');
    this.prepare();
  }

  regenerate(): void {
    this.#requireTime('regenerate');
    this.replace({});
  }

  /**
   * Makes the cookies that the response needs, and returns whether there are any.
   * @throws `too-large`, `invalid-value`, TypeError for options that the handler made wrong.
   */
  prepare(): boolean {
    const { request, warn } = this.#context;
    const options = this.#context.options();
    checkAttributes(options.name, options);
    this.#setCookies = this.#due(options);
    if (this.#setCookies.length === 0) return false;
    if (!options.secure || isSecure(request)) return true;
    this.#setCookies = [];
    warn(request);
    return false;
  }

  /** Adds the cookies to the response. */
  send(): void {
    if (this.#setCookies.length === 0) return;
    const { response } = this.#context;
    const options = this.#context.options();
    const names = [`${options.name}=`, `${signatureName(options)}=`];
    const present = [response.getHeader('Set-Cookie') ?? []].flat().map(String);
    const kept = options.overwrite
      ? present.filter((cookie) => !names.some((name) => cookie.startsWith(name)))
      : present;
    // In Connect 2, setting this header adds to it.
    response.removeHeader('Set-Cookie');
    response.setHeader('Set-Cookie', [...kept, ...this.#setCookies]);
  }

  /** Of several cookies of the name the first counts that is one of ours: others may have set some. */
  #read(): CookieSession | undefined {
    const options = this.#context.options();
    for (const value of this.#cookies(options.name)) {
      if (options.signed && !this.#isSigned(value, options)) continue;
      const session = decode(value, this);
      if (session === undefined) continue;
      this.#received = value;
      return session;
    }
    return undefined;
  }

  #isSigned(value: string, options: VisitOptions): boolean {
    const pair = `${options.name}=${value}`;
    for (const signature of this.#cookies(signatureName(options))) {
      if (signature === '') continue;
      const keys = this.#requireKeys();
      const index = keys.index(pair, signature);
      if (index === 0) this.#renewedSignature = undefined;
      else this.#renewedSignature = index > 0 ? keys.sign(pair) : '';
      if (index >= 0) return true;
    }
    return false;
  }

  #due(options: VisitOptions): string[] {
    const session = this.#session;
    if (session === undefined) return [];
    if (session === null) return this.#pair('', options);
    if (session.isNew && !session.isPopulated) {
      return this.#isReplaced && this.#cookies(options.name).length > 0
        ? this.#pair('', options)
        : this.#signature(options);
    }
    const value = encode(session);
    return value === this.#received ? this.#signature(options) : this.#pair(value, options);
  }

  /** The cookie, and the one with its signature. */
  #pair(value: string, options: VisitOptions): string[] {
    const { name } = options;
    checkLength(name, value);
    const secure = this.#isMarkedSecure(options);
    const expires = expiresOf(value, options);
    const cookies = [setCookie(name, value, options, secure, expires)];
    if (options.signed) {
      const signature = this.#requireKeys().sign(`${name}=${value}`);
      cookies.push(setCookie(signatureName(options), signature, options, secure, expires));
    }
    return cookies;
  }

  /** The signature alone, when the one that the browser sent is of an older key or wrong. */
  #signature(options: VisitOptions): string[] {
    const signature = this.#renewedSignature;
    if (signature === undefined) return [];
    const secure = this.#isMarkedSecure(options);
    return [
      setCookie(signatureName(options), signature, options, secure, expiresOf(signature, options)),
    ];
  }

  #isMarkedSecure({ secure, secureProxy }: VisitOptions): boolean {
    return Boolean(secureProxy ?? secure ?? isSecure(this.#context.request));
  }

  #cookies(name: string): string[] {
    const header = this.#context.request.headers.cookie;
    if (typeof header !== 'string') return [];
    return parseCookies(header, name, MAX_COOKIES).map((value) =>
      value.startsWith('"') ? value.slice(1, -1) : value,
    );
  }

  #requireKeys(): Keys {
    if (this.#context.keys === undefined)
      throw new SessionError('invalid-option', '.keys required for signed cookies');
    return this.#context.keys;
  }

  #requireTime(verb: string): void {
    if (!this.#context.response.headersSent) return;
    throw new SessionError(
      'too-late',
      `The response has begun, so '${verb}' cannot set a cookie any more. Call it before you answer.`,
    );
  }
}

function signatureName({ name }: VisitOptions): string {
  return `${name}.sig`;
}

/** As Express sees it, with its `trust proxy`; by the connection elsewhere. */
function isSecure(request: NodeRequest & { readonly protocol?: unknown }): boolean {
  return request.protocol === 'https' || request.socket.encrypted === true;
}
