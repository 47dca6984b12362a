import type { Answer, HeaderPair, Session, Sessions } from '../src/index.js';

/** A client that keeps the one cookie of a session, without HTTP. */
export class Visitor<Data extends object> {
  readonly #sessions: Sessions<Data>;
  cookie: string | undefined;

  constructor(sessions: Sessions<Data>, cookie?: string) {
    this.#sessions = sessions;
    this.cookie = cookie;
  }

  /** Another client with the same cookie. */
  clone(): Visitor<Data> {
    return new Visitor(this.#sessions, this.cookie);
  }

  /** Begins a request: the session is open, nothing is sent. */
  open(): Promise<Session<Data>> {
    return this.#sessions.open({ cookie: this.cookie }, { secure: true });
  }

  /** Ends a request: commits and takes the cookie. */
  async answer(session: Session<Data>): Promise<Answer> {
    const answer = await this.#sessions.commit(session);
    for (const value of setCookies(answer))
      this.cookie = value.includes('Max-Age=0') ? undefined : value.split(';')[0];
    return answer;
  }

  /** A whole request. */
  async visit(
    handler: (session: Session<Data>) => unknown = () => undefined,
  ): Promise<{ session: Session<Data>; headers: readonly HeaderPair[] }> {
    const session = await this.open();
    await handler(session);
    return { session, headers: (await this.answer(session)).headers };
  }

  get token(): string {
    return this.cookie?.split('=')[1] ?? '';
  }
}

/** The `Set-Cookie` values among headers. */
export function setCookies({ headers }: Pick<Answer, 'headers'>): string[] {
  return headers.filter(([name]) => name === 'Set-Cookie').map(([, value]) => value);
}
