/** A response header to send: name and value. `Set-Cookie` pairs are appended, never joined. */
export type HeaderPair = readonly [name: string, value: string];

/**
 * The attributes of a cookie, under the names of the npm package `cookie` and of `cookies().set` in
 * Next.
 */
export interface CookieAttributes {
  readonly path: string;
  /** When absent, only the host that set the cookie gets it. */
  readonly domain?: string;
  readonly httpOnly: boolean;
  readonly secure: boolean;
  readonly sameSite: 'lax' | 'strict' | 'none';
  readonly partitioned?: true;
  readonly priority?: 'low' | 'medium' | 'high';
  /** In seconds. Absent, like `expires`, when the browser deletes the cookie as it closes. */
  readonly maxAge?: number;
  readonly expires?: Date;
}

/** A cookie to set, for frameworks that write the `Set-Cookie` line themselves. */
export interface AnswerCookie {
  readonly name: string;
  readonly value: string;
  readonly attributes: CookieAttributes;
}

/**
 * What a response has to carry. `headers` and `cookies` hold the same cookies: send one of the two.
 */
export interface Answer {
  /** Every header, with a `Set-Cookie` pair for each of {@link cookies}. */
  readonly headers: readonly HeaderPair[];
  /** The cookies among the headers; empty when the token does not travel in a cookie. */
  readonly cookies: readonly AnswerCookie[];
}

/** The parts of a request that a transport may read. */
export interface RequestView {
  /**
   * The request's header in one string, several `Cookie` lines joined by `'; '`; `undefined` when
   * absent. `name` is lower case.
   */
  header(name: string): string | undefined;
  /**
   * The host that the request names, with the port when it has one: the `Host` header, or else the
   * host of the URL. Empty when the request names none.
   */
  readonly host: string;
  /** Whether the client's connection is secure, as far as the adapter and `trustProxy` can tell. */
  readonly secure: boolean;
  /**
   * Why `secure` is false, for the warning when a Secure cookie cannot be sent. Empty when it is
   * true.
   */
  readonly insecureReason: string;
}

/** The tokens of one request, and the way to answer them. */
export interface Presented {
  /**
   * Every value under the session's name, in the order of the request; more than one when another
   * host or path planted a second.
   */
  readonly tokens: readonly string[];
  /**
   * Whether more than one token is an attack (the name can only be set by this host), not an
   * accident to be sorted out.
   */
  readonly exclusive: boolean;
  /**
   * Why no token can be sent in the response to this request; `undefined` when a token can be sent.
   */
  readonly refusal: string | undefined;
  /**
   * Gives the client this token. `maxAge` in milliseconds is what remains of the session.
   * `isPersistent` says whether the client keeps the token until then, or forgets it with its own
   * end; default is the transport's way.
   * @throws `too-large` when the client would drop the token; `invalid-option` when a cookie's
   * `domain` does not fit the request's host.
   */
  send(token: string, maxAge: number, isPersistent?: boolean): Answer;
  /**
   * Takes the token away again, with the attributes it was sent with.
   * @throws `invalid-option` as {@link send}.
   */
  expire(): Answer;
  /**
   * Takes away other tokens of the same name: those whose attributes can be known, since a cookie
   * is removed only by its own domain and path. Empty where there can be none.
   * @throws `invalid-option` as {@link send}.
   */
  clearOthers(): Answer;
}

/** How a token travels between client and server. */
export interface Transport {
  /**
   * The name of the cookie, without prefix, or of the header: a sealed token opens under this name
   * only.
   */
  readonly name: string;
  /** The request header that the response depends on, for `Vary`. */
  readonly vary: string;
  /**
   * Whether the client forgets the token at a moment that moves with every touch, so that it must
   * be sent again then.
   */
  readonly persistent: boolean;
  /** Reads the tokens of a request. Never throws, whatever the bytes. */
  receive(request: RequestView): Presented;
}
