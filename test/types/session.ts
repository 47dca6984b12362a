// Compiled by `npm run check`, never run: each @ts-expect-error must be an error.

import { richCodec } from '../../src/codecs/rich.js';
import {
  type Answer,
  addHeaders,
  cookieSessions,
  createSessions,
  type EndReason,
  type HeaderPair,
  type Outcome,
  type Session,
  type SessionSnapshot,
  type SessionStore,
} from '../../src/index.js';
import { fileStore } from '../../src/stores/file.js';
import { memoryStore } from '../../src/stores/memory.js';
import { tieredStore } from '../../src/stores/tiered.js';

interface Item {
  sku: string;
  quantity: number;
}

interface Shop {
  cart: Item[];
  views: number;
  user: { name: string; teams: string[]; address?: { city: string } };
  status: string | null;
  'dotted.key': boolean;
}

type Same<Left, Right> =
  (<Value>() => Value extends Left ? 1 : 2) extends <Value>() => Value extends Right ? 1 : 2
    ? true
    : false;
declare function same<Left, Right>(proof: Same<Left, Right>): void;

const sessions = createSessions<Shop>({ store: memoryStore() });

export async function typedData(): Promise<void> {
  const session = await sessions.open({});

  const cart = session.get('cart');
  same<typeof cart, Item[] | undefined>(true);
  const teams = session.get('user.teams');
  same<typeof teams, string[] | undefined>(true);
  const city = session.get('user.address.city');
  same<typeof city, string | undefined>(true);
  const sku = session.get('cart.0.sku');
  same<typeof sku, string | undefined>(true);
  const dotted = session.get(['dotted.key']);
  same<typeof dotted, boolean | undefined>(true);
  const byKeys = session.get(['user', 'name']);
  same<typeof byKeys, string | undefined>(true);

  const views = session.get('views', 0);
  same<typeof views, number>(true);
  const lazily = session.get('user.teams', () => null);
  same<typeof lazily, string[] | null>(true);
  const pulled = session.pull('status', 'none');
  same<typeof pulled, string | null>(true);

  session.set('user.name', 'Ada').set('views', 3).set('status', null);
  session.push('cart', { sku: 'a', quantity: 1 });
  session.push('user.teams', 'core', 'docs');
  session.increment('views');
  session.increment('cart.0.quantity', 2);
  session.flash('status', 'Saved').flash('status', null, { path: '/cart' });
  session.update('views', (present = 0) => present * 2);
  session.only(['views']).views?.toFixed();

  // @ts-expect-error a key that does not exist
  session.get('basket');
  // @ts-expect-error a path that does not exist
  session.get('user.age');
  // @ts-expect-error a value of another type
  session.set('views', 'many');
  // @ts-expect-error a value of another type below
  session.set('user.name', 7);
  // @ts-expect-error no number
  session.increment('user.name');
  // @ts-expect-error no list
  session.push('views', 1);
  // @ts-expect-error an element of another type
  session.push('user.teams', 7);
  // @ts-expect-error a path is a text
  session.flash('status', 'Saved', { path: 7 });
  // @ts-expect-error flash is typed too
  session.flash('status', 7);
  // @ts-expect-error a key left out cannot be read
  session.except(['views']).views;
  // @ts-expect-error the data does not share a namespace with the methods
  session.views;
}

export async function untypedData(): Promise<void> {
  const session: Session = await createSessions({ store: memoryStore() }).open({});
  const anything = session.get('a.b.c');
  same<typeof anything, unknown>(true);
  session
    .set('a.b', { any: ['value'] })
    .push('list', 1, 'two')
    .increment('count');
}

export async function snapshots(): Promise<void> {
  const snapshot = await sessions.read('id');
  const name = snapshot?.data.user?.name;
  same<typeof name, string | undefined>(true);
  // @ts-expect-error options are known by name
  createSessions<Shop>({ stores: memoryStore() });
  // @ts-expect-error a duration has a unit
  createSessions<Shop>({ store: memoryStore(), idleTimeout: '30 minutes' });
}

export function valuesThatJsonKeeps(): void {
  // @ts-expect-error JSON makes a text of a Date
  createSessions<{ since: Date }>({ store: memoryStore() });
  // @ts-expect-error also below, in a list, and when it may be absent
  createSessions<{ user?: { seen: (Date | undefined)[] } }>({ store: memoryStore() });
  // @ts-expect-error a Map is lost
  createSessions<{ names: Map<string, string> }>({ store: memoryStore() });
  // @ts-expect-error a Set is lost as well
  createSessions<{ tags: Set<string> }>({ store: memoryStore() });
  // @ts-expect-error a function is none
  createSessions<{ run: () => void }>({ store: memoryStore() });
  // @ts-expect-error a bigint neither
  createSessions<{ balance: bigint }>({ store: memoryStore() });
  const rich = createSessions<{ since: Date; names: Map<string, string> }>({
    store: memoryStore(),
    codec: richCodec(),
  });
  same<ReturnType<typeof rich.current>, Session<{ since: Date; names: Map<string, string> }>>(true);
  interface Tree {
    name: string;
    children: Tree[];
    readonly parent?: Tree | null;
    anything: unknown;
  }
  createSessions<{ tree: Tree; byId: Record<string, Tree>; pair: [string, number] }>({
    store: memoryStore(),
  });
}

export function withoutDeclaration(request: { url: string }): void {
  const views = sessions.of(request).get('views');
  same<typeof views, number | undefined>(true);
  // @ts-expect-error a key that does not exist
  sessions.of(request).get('basket');
}

export async function literalKeys(): Promise<void> {
  const session = await createSessions<{ stock: Record<string, number>; 'a.b': string[] }>({
    store: memoryStore(),
  }).open({});
  session.increment(['stock', 'lamp.red'], 2);
  session.push(['a.b'], 'x');
  // @ts-expect-error an element of another type
  session.push(['a.b'], 7);
}

export function places(): void {
  createSessions<Shop>({ store: cookieSessions(), secret: 'a secret' });
  createSessions<Shop>({
    store: cookieSessions({ compress: true, revocations: memoryStore() }),
    secret: ['new', 'old'],
  });
  const tiered = tieredStore({
    near: memoryStore(),
    far: fileStore({ directory: 'sessions' }),
    staleness: '2s',
  });
  same<typeof tiered, SessionStore<string>>(true);
  createSessions<Shop>({ store: tiered });
  // @ts-expect-error cookieSessions is no store to be put in front of another
  tieredStore({ near: cookieSessions(), far: memoryStore() });
  // @ts-expect-error nor one for revocations
  cookieSessions({ revocations: cookieSessions() });
}

export async function logins(): Promise<void> {
  const session = await sessions.open({});
  const outcome = await session.login('ada', {
    keep: ['cart'],
    idleTimeout: '30d',
    lifetime: 7_776_000_000,
    persistent: true,
  });
  same<typeof outcome, Outcome>(true);
  await session.login('ada', { keep: true });
  await session.login('ada', { keep: undefined, idleTimeout: undefined });
  const { handle, loggedInAt } = session;
  same<typeof handle, string>(true);
  same<typeof loggedInAt, number | undefined>(true);
  const hasProved = session.prove().provedWithin('5m');
  same<typeof hasProved, boolean>(true);
  const reasons = session.trace();
  same<typeof reasons, readonly string[]>(true);

  // @ts-expect-error options of a login are known by name
  void session.login('ada', { remember: true });
  // @ts-expect-error a list of keys, not one
  void session.login('ada', { keep: 'cart' });
  // @ts-expect-error a duration has a unit
  session.provedWithin('5 minutes');
  // @ts-expect-error a user has an id
  void session.login();
  // @ts-expect-error no callbacks
  void session.save(() => undefined);
  // @ts-expect-error the trace is a list to read
  session.trace().push('mine');
  // @ts-expect-error nothing is assigned
  session.handle = 'mine';
  // @ts-expect-error nor what is not there
  session.user = 'ada';
}

export async function withoutRequest(): Promise<void> {
  const outcome = await sessions.change('id', (session) => {
    session.set('views', 1).push('cart', { sku: 'a', quantity: 1 });
    // @ts-expect-error a value of another type
    session.set('views', 'many');
  });
  same<typeof outcome, Outcome>(true);
  const changed = await sessions.changeUser('ada', async (session) => session.save());
  same<typeof changed, number>(true);
  const { sessions: found, next } = await sessions.list({
    after: undefined,
    limit: 10,
    user: 'ada',
    idleFor: '1d',
    olderThan: '30d',
  });
  same<typeof found, SessionSnapshot<Shop>[]>(true);
  same<typeof next, string | undefined>(true);
  const count = await sessions.count();
  same<typeof count, number>(true);
  const [device] = await sessions.ofUser('ada');
  same<typeof device, SessionSnapshot<Shop> | undefined>(true);
  await sessions.destroyUser('ada', { except: device?.handle });
  await sessions.destroyUser('ada', { only: device?.id });

  // @ts-expect-error the page goes on with `after`
  void sessions.list({ cursor: next });
  // @ts-expect-error a snapshot is read
  if (device) device.handle = 'mine';
}

export async function openings(): Promise<void> {
  const session = await sessions.open(
    new Headers(),
    { url: 'http://localhost/' },
    { readOnly: true },
  );
  await sessions.open({}, {}, { isUse: false });
  // @ts-expect-error the word is readOnly
  sessions.open({}, {}, { readonly: true });

  const answer = await sessions.commit(session, { isLast: false });
  same<typeof answer, Answer>(true);
  const now = sessions.answerNow(session);
  same<typeof now, Answer | undefined>(true);
  const { headers, cookies } = answer;
  same<typeof headers, readonly HeaderPair[]>(true);
  addHeaders(new Headers(), headers);
  for (const { name, value, attributes } of cookies) {
    same<typeof attributes.sameSite, 'lax' | 'strict' | 'none'>(true);
    same<[typeof name, typeof value], [string, string]>(true);
  }
  // @ts-expect-error answers are read
  headers.push(['X', 'y']);

  sessions.enter(session);
  const present = sessions.present();
  same<typeof present, Session<Shop> | undefined>(true);
  const current = sessions.current();
  same<typeof current, Session<Shop>>(true);
  const result = sessions.run(session, async () => 7);
  same<typeof result, Promise<number>>(true);
}

export function events(): void {
  sessions.on('ended', ({ id, handle, reason }) => {
    same<typeof reason, EndReason>(true);
    same<typeof id, string>(true);
    same<typeof handle, string | undefined>(true);
  });
  sessions.on('regenerated', ({ from, reason }) => {
    same<typeof from, string>(true);
    same<typeof reason, 'login' | 'regenerate' | 'renewal'>(true);
  });
  sessions.on('updated', ({ attempts, milliseconds }) => attempts + milliseconds);
  const stop = sessions.on('storeCall', ({ store, verb, outcome }) => [store, verb, outcome]);
  same<typeof stop, () => void>(true);
  // @ts-expect-error an event of the first version
  sessions.on('destroyed', () => undefined);
}

export function settings(): void {
  createSessions<Shop>({
    store: memoryStore(),
    deadFor: '1m',
    sessionsPerUser: { max: 3, surplus: 'refuse' },
    flash: 'next',
    cacheControl: false,
    clearSiteData: ['cache', 'storage'],
    secret: () => ['new', 'old'],
  });
  // @ts-expect-error a limit is an object
  createSessions<Shop>({ store: memoryStore(), sessionsPerUser: 3 });
  // @ts-expect-error what happens to the surplus has two words
  createSessions<Shop>({ store: memoryStore(), sessionsPerUser: { max: 3, surplus: 'endNewest' } });
  // @ts-expect-error flash has three
  createSessions<Shop>({ store: memoryStore(), flash: 'once' });
  // @ts-expect-error the header has no such word
  createSessions<Shop>({ store: memoryStore(), clearSiteData: ['passwords'] });
  // @ts-expect-error the header or false
  createSessions<Shop>({ store: memoryStore(), cacheControl: true });
}
