import { sessionHandler } from '../../src/adapters/fetch.js';
import { createDeviceBinding, type DeviceBindingOptions } from '../../src/dbsc/index.js';
import { addAnswer, createSessions, type Session, type SessionStore } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { type Client, createClient } from '../../src/testing/client.js';
import { manualClock } from '../../src/testing/clock.js';
import { type Device, type Forgery, proof, registration } from './device.js';

export const ORIGIN = 'https://app.test';
export const SECRET = 'Zq4Xw7pLkT2vNc9sBd6fRg1hJm3yUe8a';
export const COOKIE = '__Host-device';

export interface Data {
  color: string;
}

interface SiteOptions {
  readonly binding?: Partial<DeviceBindingOptions<Data>>;
  readonly store?: (store: SessionStore) => SessionStore;
}

/** A site with sessions that are bound to devices, called without a network. */
export function createSite({
  binding: options,
  store: wrapped = (store) => store,
}: SiteOptions = {}) {
  const clock = manualClock();
  const store = wrapped(memoryStore({ now: clock.now }));
  const sessions = createSessions<Data>({ store, now: clock.now, cookie: { secure: true } });
  const binding = createDeviceBinding(sessions, { secret: SECRET, ...options });
  const rejected: string[] = [];
  sessions.on('rejected', ({ reason }) => rejected.push(reason));

  const fetch = sessionHandler(
    sessions,
    binding.handler(async (request, session) => {
      const response = new Response(null, { headers: { 'Content-Type': 'text/plain' } });
      const text = await page(new URL(request.url), session, response.headers);
      return new Response(text, response);
    }),
  );

  async function page(url: URL, session: Session<Data>, headers: Headers): Promise<string> {
    if (url.pathname === '/login') {
      await session.login(url.searchParams.get('user') ?? 'ann');
      addAnswer(headers, binding.offer(session));
    }
    if (url.pathname === '/logout') addAnswer(headers, await binding.logout(session));
    if (url.pathname === '/regenerate') await session.regenerate();
    if (url.pathname === '/color') session.set('color', url.searchParams.get('is') ?? 'red');
    if (url.pathname === '/clear') session.clear();
    return `${session.userId ?? 'nobody'} ${session.get('color') ?? 'no color'}`;
  }

  const newClient = (): Client =>
    createClient({
      origin: ORIGIN,
      now: clock.now,
      fetch: (url, init) => fetch(new Request(url, init)),
    });

  /** A client that has logged in and is bound, once no request from before is under way. */
  async function bind(client: Client, device: Device, user?: string): Promise<Bound> {
    const bound = await bindNow(client, device, user);
    clock.advance('10s');
    return bound;
  }

  return { bind, binding, clock, fetch, newClient, rejected, sessions, store };
}

/** Who the site takes the client for. */
export async function whoIs(client: Client, init?: RequestInit): Promise<string> {
  const [user = ''] = (await (await client.get('/me', init)).text()).split(' ');
  return user;
}

/** Logs in; gives the challenge of the offer. */
export async function logIn(client: Client, user = 'ann'): Promise<string> {
  const { headers } = await client.post(`/login?user=${user}`);
  return challengeOf(headers.get('secure-session-registration'));
}

export function challengeOf(header: string | null): string {
  return /(?:^|challenge=)"([^"]+)"/.exec(header ?? '')?.[1] ?? '';
}

export function register(
  client: Client,
  device: Device,
  challenge: string,
  forgery?: Forgery,
): Promise<Response> {
  const response = registration(device, challenge, forgery);
  return client.post('/dbsc/registration', { headers: { 'secure-session-response': response } });
}

/** What a browser knows of its binding. */
export interface Bound {
  readonly client: Client;
  readonly device: Device;
  readonly id: string;
  /** What it signs next. */
  challenge: string;
}

/** A client that has logged in and has just been bound. */
export async function bindNow(client: Client, device: Device, user?: string): Promise<Bound> {
  const response = await register(client, device, await logIn(client, user));
  if (response.status !== 200) throw new Error(`registration: ${await response.text()}`);
  const { session_identifier: id } = (await response.json()) as { session_identifier: string };
  return { client, device, id, challenge: nextChallenge(response) };
}

export function nextChallenge({ headers }: Response): string {
  return challengeOf(headers.get('secure-session-challenge'));
}

/** One refresh, without a proof when `signed` is undefined. */
export function refresh(
  { client, id }: Pick<Bound, 'client' | 'id'>,
  signed?: string,
): Promise<Response> {
  return client.post('/dbsc/refresh', {
    headers: {
      'sec-secure-session-id': id,
      ...(signed !== undefined && { 'secure-session-response': signed }),
    },
  });
}

/** Refreshes as browsers do: once more when another challenge is asked for. */
export async function refreshAsBrowsersDo(bound: Bound): Promise<Response> {
  let response = await refresh(bound, proof(bound.device, bound.challenge));
  if (response.status === 403) {
    bound.challenge = nextChallenge(response);
    response = await refresh(bound, proof(bound.device, bound.challenge));
  }
  if (response.status === 200) bound.challenge = nextChallenge(response);
  return response;
}
