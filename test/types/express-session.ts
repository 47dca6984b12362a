// Compiled by `npm run check`, never run: each @ts-expect-error must be an error. What
// `req.session` is by itself is in docs/moving-from/express-session.md, a program of its own; here
// ours is declared as well, and wins.
import express from 'express';
import { fromConnect, toConnect } from '../../src/bridges/connect.js';
import { createSessions } from '../../src/core/sessions.js';
import session, {
  Cookie,
  MemoryStore,
  type Session,
  type SessionData,
  Store,
} from '../../src/dialects/express-session.js';
import { memoryStore } from '../../src/stores/memory.js';

declare module '../../src/dialects/express-session.js' {
  interface SessionData {
    user: string;
  }
}

const app = express();
app.use(session({ secret: 'a', resave: false, saveUninitialized: false }));
app.use(
  session({
    secret: [Buffer.from('a'), 'b'],
    store: new MemoryStore(),
    cookie: { maxAge: 1000, sameSite: 'auto' },
  }),
);
app.use(
  session({
    secret: 'a',
    cookie: (request) => ({ secure: request.secure === true }),
    genid: (request) => String(request.url),
  }),
);
app.use(
  session({ secret: 'a', genid: (request: express.Request) => request.path, store: memoryStore() }),
);
app.use(session({ secret: 'a', store: toConnect(memoryStore(), { idleTimeout: '2h' }) }));
createSessions({ store: fromConnect(new MemoryStore()) });

app.get('/', (request) => {
  request.session.increment('views');
  const id: string = request.sessionID;
  request.sessionStore.load(id, (_, found) => found?.cookie);
});

declare const theirs: Session & Partial<SessionData>;
const user: string | undefined = theirs.user;
const saved: Promise<void> = theirs.save();
const chained: Session = theirs.touch().save(() => undefined);
theirs.cookie.maxAge = 1000;
theirs.destroy((error: Error | null) => error?.message);
void [user, saved, chained, new Cookie({ path: '/' }).serialize('name', 'value')];

class OwnStore extends Store {
  get(_id: string, done: (error: unknown, session?: null) => void): void {
    done(null);
  }
  set(): void {
    this.emit('connect');
  }
  destroy(): void {
    this.emit('disconnect');
  }
}
session({ secret: 'a', store: new OwnStore() });

const options: session.SessionOptions = {
  secret: 'a',
  cookie: { maxAge: 1000 } satisfies session.CookieOptions,
};
const base: session.Store = new session.MemoryStore();
void [options, base];

/** With the types that stores for express-session have. */
class TypedStore extends session.Store {
  get = (_id: string, done: (error: unknown, found?: session.SessionData | null) => void): void =>
    done(null, null);
  set = (_id: string, _session: session.SessionData, done?: (error?: unknown) => void): void =>
    done?.();
  destroy = (_id: string, done?: (error?: unknown) => void): void => done?.();
  override touch = (_id: string, _session: session.SessionData, done?: () => void): void =>
    done?.();
  override all(
    done: (
      error: unknown,
      all?: session.SessionData[] | Record<string, session.SessionData> | null,
    ) => void,
  ): void {
    done(null, []);
  }
}
session({ secret: 'a', store: new TypedStore() });

// @ts-expect-error there is no such option
session({ secret: 'a', reSave: true });
// @ts-expect-error a Map is no store
session({ secret: 'a', store: new Map() });
// @ts-expect-error nor is it here
fromConnect(new Map());
// @ts-expect-error a connect store is none of Sojourn
toConnect(new MemoryStore());
// @ts-expect-error an id is text
session({ secret: 'a', genid: () => 1 });
// @ts-expect-error of another type
theirs.user = 1;
