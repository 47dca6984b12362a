// Compiled by `npm run check`, never run: each @ts-expect-error must be an error.
import { Controller, Fort, type ISessonStore as FortJsStore, Wall } from 'fortjs';
import { fromFort, toFort } from '../../src/bridges/fort.js';
import {
  FortSession,
  fortSession,
  fortSessions,
  ISessionStore,
  type ISessonStore,
  SessionProvider,
  sessionWall,
} from '../../src/dialects/fort.js';
import { createSessions, type Outcome, type Session } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { CustomSessionProvider, MemorySessionStore } from '../dialects/fort-seeds.js';

interface Data {
  name: string;
  visits: number;
}

// FortJs's own types, without a cast.
Fort.walls = [sessionWall(Wall, fortSessions())];
Fort.sessionStore = toFort(memoryStore(), { lifetime: '2h' });
declare const native: Session<Data>;
export const store: FortJsStore = new FortSession(native);
export const ours: ISessonStore = store;

createSessions({ store: fromFort(CustomSessionProvider) });
createSessions({ store: fromFort(MemorySessionStore) });

// What the components see.
const session = new FortSession(native);
export const visits: Promise<number | null | undefined> = session.get('visits');
export const all: Promise<{ name?: string | null; visits?: number | null }> = session.getAll();
export const done: Promise<undefined[]> = session.setMany({ name: 'ada' });
export const typed: FortSession<Data> = new FortSession(
  await fortSessions<Data>({ sessionTimeOut: 30 }).open({}),
);
export const untyped: Promise<unknown> = new FortSession(await fortSessions().open({})).get(
  'anything',
);

export const moved: Promise<Outcome> = session.login('ada', { keep: ['name'] });
export class Login extends Controller {
  enter(): Promise<Outcome> {
    return fortSession(this).login('ada');
  }
}
export const user: string | undefined = session.userId;

// Both bases can be extended, the second also implemented.
export abstract class Provider extends SessionProvider {}
export abstract class Extended extends ISessionStore {}
export abstract class Implemented implements ISessionStore {
  abstract sessionId: string;
  abstract get(key: string): Promise<unknown>;
  abstract isAnyExist(): Promise<boolean>;
  abstract isExist(key: string): Promise<boolean>;
  abstract getAll(): Promise<{ [key: string]: unknown }>;
  abstract set(key: string, value: unknown): Promise<void>;
  abstract setMany(values: { [key: string]: unknown }): Promise<undefined[]>;
  abstract remove(key: string): Promise<void>;
  abstract clear(): Promise<void>;
}

// @ts-expect-error no such key
void session.get('nmae');
// @ts-expect-error a user id is a text
void session.login(7);
// @ts-expect-error visits is a number
void session.set('visits', 'five');
// @ts-expect-error the class, not an object of it
fromFort(new MemorySessionStore('id'));
// @ts-expect-error minutes
fortSessions({ sessionTimeOut: '60m' });
// @ts-expect-error sessionTimeOut says how long
fortSessions({ idleTimeout: '2h' });
// @ts-expect-error appName names the cookie
fortSessions({ cookie: { name: 'sid' } });
// @ts-expect-error FortJs's Wall comes first
sessionWall(fortSessions());
