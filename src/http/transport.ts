/** A response header to send: name and value. `Set-Cookie` pairs are appended, never joined. */
export type HeaderPair = readonly [name: string, value: string];

/** What a transport may ask about a request. */
export interface RequestView {
  /**
   * The request's header in one string, several `Cookie` lines joined by `'; '`; `undefined` when
   * absent. `name` is lower case.
   */
  header(name: string): string | undefined;
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
  /** Why no token can be sent in the response to this request; `undefined` when it can. */
  readonly refusal: string | undefined;
  /**
   * The headers that give the client this token. `maxAge` in milliseconds is what remains of the
   * session.
   * @throws `too-large` when the client would drop it.
   */
  send(token: string, maxAge: number): HeaderPair[];
  /** The headers that take the token away again, with the attributes it was sent with. */
  expire(): HeaderPair[];
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
