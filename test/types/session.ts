// Compiled by `npm run check`, never run: each @ts-expect-error must be an error.
import {
  cookieSessions,
  createSessions,
  type Session,
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
  session.flash('status', 'Saved');
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
