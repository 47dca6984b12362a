import { type Client, createClient } from '../../src/testing/client.js';

/** A request of a visitor. */
export interface Visit extends RequestInit {
  /** Default `/`. */
  readonly path?: string | undefined;
}

/** What the visitor sees of the answer. */
export interface Exchange {
  readonly status: number;
  readonly location: string | null;
  readonly body: string;
  readonly setCookies: readonly string[];
}

/** The answers that one visitor gets to requests, when the servers take turns. */
export async function exchange(
  visits: readonly Visit[],
  origins: readonly string[],
): Promise<Exchange[]> {
  const answers: Exchange[] = [];
  let client: Client | undefined;
  for (const [index, { path = '/', ...init }] of visits.entries()) {
    client = createClient({
      origin: String(origins[index % origins.length]),
      cookies: client?.cookies,
    });
    const reply = await client.request(path, init);
    answers.push({
      status: reply.status,
      location: reply.headers.get('location'),
      body: await reply.text(),
      setCookies: reply.headers.getSetCookie(),
    });
  }
  return answers;
}
