import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import {
  cookieFirst,
  cookieSessions,
  createSessions,
  type Session,
  type Sessions,
} from '../../src/index.js';
import {
  type AttachOptions,
  createLive,
  eventStream,
  type Live,
  type LiveOptions,
  type LiveSession,
  SESSION_ENDED,
  webSocket,
} from '../../src/live/index.js';
import type { Notice, NoticeListener, Notices } from '../../src/notices/index.js';
import type { SessionStore } from '../../src/stores/contract.js';
import { memoryStore } from '../../src/stores/memory.js';
import { tieredStore } from '../../src/stores/tiered.js';
import { manualClock } from '../../src/testing/clock.js';
import { noticeWarnings } from '../notices/suite.js';
import { Visitor } from '../visitor.js';

type Data = { views: number };

interface Ended {
  readonly code: number;
  readonly reason: string;
}

/** A socket of a client, and its session on the server. */
interface Attached {
  readonly socket: WebSocket;
  readonly session: LiveSession<Data>;
  readonly ended: Promise<Ended>;
}

/** A process that attaches sockets. */
interface Process {
  readonly live: Live<Data>;
  /** What the server holds. */
  readonly sockets: ReadonlySet<unknown>;
  attach(visitor: Visitor<Data>, options?: AttachOptions): Promise<Attached>;
}

async function startProcess(sessions: Sessions<Data>, options?: LiveOptions): Promise<Process> {
  const live = createLive(sessions, options);
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true });
  const attached = new Map<string, LiveSession<Data>>();
  const choices = new Map<string, AttachOptions | undefined>();
  let numbers = 0;
  server.on('upgrade', async (request, socket, head) => {
    const session = await sessions.open(request.headers, { secure: true }, { readOnly: true });
    const number = request.url ?? '';
    sockets.handleUpgrade(request, socket, head, (client) => {
      attached.set(number, live.attach(session, webSocket(client), choices.get(number)));
      client.send('attached');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  onTestFinished(async () => {
    await live.close();
    for (const client of sockets.clients) client.terminate();
    server.close();
  });
  return {
    live,
    sockets: sockets.clients,
    async attach({ cookie = '' }, choice) {
      const number = `/${++numbers}`;
      choices.set(number, choice);
      const socket = new WebSocket(`ws://127.0.0.1:${port}${number}`, { headers: { cookie } });
      const ended = once(socket, 'close').then(([code, reason]) => ({ code, reason: `${reason}` }));
      await once(socket, 'message');
      return { socket, ended, session: attached.get(number) as LiveSession<Data> };
    },
  };
}

/** Notices between objects of one process, which arrive unless the test loses them. */
function channel(): { open(): Notices; isLossy: boolean; sent: Notice[] } {
  const listeners = new Map<Notices, Set<NoticeListener>>();
  const state = {
    isLossy: false,
    sent: [] as Notice[],
    open(): Notices {
      const own = new Set<NoticeListener>();
      const notices: Notices = {
        async publish(notice) {
          state.sent.push(notice);
          if (state.isLossy) return;
          for (const [from, those] of listeners)
            if (from !== notices) for (const listener of those) await listener(notice);
        },
        async subscribe(listener) {
          own.add(listener);
          return async () => void own.delete(listener);
        },
      };
      listeners.set(notices, own);
      return notices;
    },
  };
  return state;
}

const RARELY: LiveOptions = { every: '10m' };

async function signedIn(sessions: Sessions<Data>, user = 'ada'): Promise<Visitor<Data>> {
  const visitor = new Visitor(sessions);
  await visitor.visit((session) => session.login(user));
  return visitor;
}

function memory(): SessionStore<number> {
  return memoryStore({ warn: false });
}

const ENDED = { code: SESSION_ENDED, reason: 'ended' };
const EXPIRED = { code: SESSION_ENDED, reason: 'expired' };

describe('a session that ends in this process closes its connections at once', () => {
  const ENDS: Readonly<
    Record<string, (sessions: Sessions<Data>, visitor: Visitor<Data>, id: string) => unknown>
  > = {
    logout: (_sessions, visitor) => visitor.visit((session) => session.logout()),
    destroy: (_sessions, visitor) => visitor.visit((session) => session.destroy()),
    'revocation by id': (sessions, _visitor, id) => sessions.destroy(id),
    'revocation of the user': (sessions) => sessions.destroyUser('ada'),
    'the limit of sessions': (sessions) => signedIn(sessions),
    'login of another user': (_sessions, visitor) =>
      visitor.visit((session) => session.login('grace')),
  };

  test.each(Object.entries(ENDS))('S-17 by %s', async (_, end) => {
    const sessions = createSessions<Data>({
      store: memory(),
      rotateAfter: '1ms',
      sessionsPerUser: { max: 1 },
    });
    const { attach } = await startProcess(sessions, RARELY);
    const visitor = await signedIn(sessions);
    const onEnd = vi.fn();
    const first = await attach(visitor, { onEnd });
    const second = await attach(visitor);
    const stranger = await attach(await signedIn(sessions, 'bob'));
    await visitor.visit();
    await vi.waitFor(async () => expect(first.session.id).toBe((await visitor.open()).id));
    await end(sessions, visitor, first.session.id);
    expect(await first.ended).toEqual(ENDED);
    expect(await second.ended).toEqual(ENDED);
    expect(onEnd.mock.calls).toEqual([['ended']]);
    expect(stranger.socket.readyState).toBe(WebSocket.OPEN);
  });

  test('S-17 a session that ended between open and attach', async () => {
    const sessions = createSessions<Data>({ store: memory() });
    const visitor = await signedIn(sessions);
    const session = await visitor.open();
    await sessions.destroy(session.id);
    const live = createLive(sessions, RARELY);
    const close = vi.fn();
    live.attach(session, { close, onClosed: () => undefined });
    await vi.waitFor(() => expect(close.mock.calls).toEqual([[SESSION_ENDED, 'ended']]));
    await live.close();
  });
});

describe('a session that ends in another process', () => {
  function processes(): {
    here: Sessions<Data>;
    there: Sessions<Data>;
    pipe: ReturnType<typeof channel>;
  } {
    const store = memory();
    const open = (): Sessions<Data> => createSessions<Data>({ store, rotateAfter: '1ms' });
    return { here: open(), there: open(), pipe: channel() };
  }

  test('a lost notice loses nothing but time: the next look finds the end', async () => {
    const { here, there, pipe } = processes();
    pipe.isLossy = true;
    const { attach } = await startProcess(here, { notices: pipe.open(), every: '200ms' });
    await startProcess(there, { notices: pipe.open() });
    const visitor = await signedIn(here);
    const { ended, session } = await attach(visitor);
    const elsewhere = new Visitor(there, visitor.cookie);
    await elsewhere.visit((session) => session.set('views', 1));
    await elsewhere.visit((session) => session.logout());
    expect(await ended).toEqual(ENDED);
    expect(pipe.sent.at(-1)).toMatchObject({ kind: 'ended', handle: session.handle });
  });

  test('a notice is a hint: one that is not true closes nothing', async () => {
    const { here, pipe } = processes();
    const { attach } = await startProcess(here, { notices: pipe.open(), ...RARELY });
    const { session, socket } = await attach(await signedIn(here));
    const read = vi.spyOn(here, 'read');
    const { id, handle } = session;
    await pipe.open().publish({ kind: 'ended', id, handle });
    await pipe.open().publish({ kind: 'ended', id, handle: undefined });
    await pipe.open().publish({ kind: 'moved', id, handle });
    await session.change((session) => session.set('views', 1));
    expect((await session.read())?.data.views).toBe(1);
    expect(read).toHaveBeenCalled();
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });

  test('S-17 a copy that outlives the notice is looked at again', async () => {
    const { there, pipe } = processes();
    const far = memory();
    const here = createSessions<Data>({
      store: tieredStore({ near: memory() as SessionStore, far }),
    });
    const elsewhere = createSessions<Data>({ store: far });
    const { attach } = await startProcess(here, { notices: pipe.open(), ...RARELY });
    await startProcess(elsewhere, { notices: pipe.open() });
    const visitor = await signedIn(here);
    const { ended } = await attach(visitor);
    await visitor.visit();
    await new Visitor(elsewhere, visitor.cookie).visit((session) => session.logout());
    expect(await ended).toEqual(ENDED);
    await there.close();
  });

  test('a subscription that begins late finds what ended before', async () => {
    const { here, there } = processes();
    let begin = (): void => undefined;
    const notices: Notices = {
      publish: async () => undefined,
      subscribe: () => new Promise((resolve) => (begin = () => resolve(async () => undefined))),
    };
    const { attach } = await startProcess(here, { notices, ...RARELY });
    const visitor = await signedIn(here);
    const { ended, session } = await attach(visitor);
    await session.read();
    await there.destroy(session.id);
    begin();
    expect(await ended).toEqual(ENDED);
  });
});

describe('deadlines and use', () => {
  const clock = manualClock();
  const settings = { idleTimeout: '1h', lifetime: '8h', now: clock.now } as const;
  const often: LiveOptions = { every: '50ms', now: clock.now };

  test('S-13 a session whose time is up closes its connection as expired', async () => {
    const sessions = createSessions<Data>({
      store: memoryStore({ warn: false, now: clock.now }),
      ...settings,
    });
    const { attach } = await startProcess(sessions, often);
    const { ended, socket } = await attach(await signedIn(sessions));
    socket.send('not a use');
    clock.advance('2h');
    expect(await ended).toEqual(EXPIRED);
  });

  test('S-13 without a look in between: the deadline itself is awaited', async () => {
    const sessions = createSessions<Data>({ store: memory(), idleTimeout: '1s', lifetime: '2s' });
    const { attach } = await startProcess(sessions, RARELY);
    const { ended } = await attach(await signedIn(sessions));
    expect(await ended).toEqual(EXPIRED);
  });

  test('S-14 messages count as use with isUse, and not without', async () => {
    const sessions = createSessions<Data>({
      store: memoryStore({ warn: false, now: clock.now }),
      ...settings,
    });
    const { attach } = await startProcess(sessions, often);
    const used = await attach(await signedIn(sessions), { isUse: true });
    const unused = await attach(await signedIn(sessions));
    for (let step = 0; step < 3; step++) {
      clock.advance('40m');
      const since = clock.now();
      used.socket.send('a use');
      unused.socket.send('not a use');
      await vi.waitFor(async () => expect((await used.session.read())?.touchedAt).toBe(since));
    }
    expect(await unused.ended).toEqual(EXPIRED);
    expect(used.socket.readyState).toBe(WebSocket.OPEN);
    clock.advance('6h');
    expect(await used.ended).toEqual(EXPIRED);
  });

  test('many messages are one touch', async () => {
    const sessions = createSessions<Data>({
      store: memoryStore({ warn: false, now: clock.now }),
      ...settings,
    });
    const touched = vi.fn();
    sessions.on('touched', touched);
    const { attach } = await startProcess(sessions, { ...RARELY, now: clock.now });
    const { session, socket } = await attach(await signedIn(sessions), { isUse: true });
    await session.read();
    clock.advance('10m');
    for (let message = 0; message < 50; message++) socket.send('a use');
    await vi.waitFor(() => expect(touched).toHaveBeenCalled());
    await session.change((session) => session.set('views', 1));
    expect(touched).toHaveBeenCalledTimes(1);
  });
});

describe('an outage of the store', () => {
  test('keeps connections open, and closes those whose deadline passes', async () => {
    const clock = manualClock();
    const store = memoryStore({ warn: false, now: clock.now });
    let isDown = false;
    const sessions = createSessions<Data>({
      store: {
        ...store,
        read: (id) => (isDown ? Promise.reject(new Error('store down')) : store.read(id)),
      },
      idleTimeout: '1h',
      lifetime: '8h',
      now: clock.now,
    });
    const warnings = noticeWarnings();
    const { attach } = await startProcess(sessions, { every: '20ms', now: clock.now });
    const { socket, ended } = await attach(await signedIn(sessions));
    isDown = true;
    await vi.waitFor(() =>
      expect(warnings).toEqual([expect.stringContaining('could not be asked')]),
    );
    expect(socket.readyState).toBe(WebSocket.OPEN);
    clock.advance('2h');
    expect(await ended).toEqual(EXPIRED);
    expect(warnings).toHaveLength(1);
  });
});

describe('what attach gives', () => {
  test('follows renewals and a regenerate, and changes the session where it is', async () => {
    const sessions = createSessions<Data>({ store: memory(), rotateAfter: '1ms' });
    const { attach } = await startProcess(sessions, RARELY);
    const visitor = await signedIn(sessions);
    const { session, socket } = await attach(visitor);
    const [id, handle] = [session.id, session.handle];
    await visitor.visit();
    await visitor.visit((session) => session.regenerate());
    await vi.waitFor(async () => expect(session.id).toBe((await visitor.open()).id));
    expect(session.id).not.toBe(id);
    expect(session.handle).toBe(handle);
    expect(session.userId).toBe('ada');
    await Promise.all([
      session.change((session) => session.increment('views')),
      visitor.visit((session) => session.increment('views')),
    ]);
    expect((await visitor.open()).get('views')).toBe(2);
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });

  test('an anonymous session that logs in stays attached, with its user', async () => {
    const sessions = createSessions<Data>({ store: memory() });
    const { attach } = await startProcess(sessions, RARELY);
    const visitor = new Visitor(sessions);
    await visitor.visit((session) => session.set('views', 1));
    const { session, socket } = await attach(visitor);
    expect(session.userId).toBeUndefined();
    await visitor.visit((session) => session.login('ada'));
    await vi.waitFor(() => expect(session.userId).toBe('ada'));
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });

  test('nothing is asked of the store once no connection is left', async () => {
    const sessions = createSessions<Data>({ store: memory() });
    const read = vi.spyOn(sessions, 'read');
    const { attach } = await startProcess(sessions, { every: '10ms' });
    const visitor = await signedIn(sessions);
    const [one, other] = [await attach(visitor), await attach(visitor)];
    one.session.detach();
    other.socket.close();
    await other.ended;
    await vi.waitFor(async () => {
      read.mockClear();
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(read).not.toHaveBeenCalled();
    });
    await visitor.visit((session) => session.logout());
    expect(one.socket.readyState).toBe(WebSocket.OPEN);
  });

  test('refuses what cannot be followed', async () => {
    const sessions = createSessions<Data>({ store: memory() });
    const live = createLive(sessions);
    const connection = { close: vi.fn(), onClosed: vi.fn() };
    const fresh = await new Visitor(sessions).open();
    const refused = (code: string) => expect.objectContaining({ code });
    expect(() => live.attach(fresh, connection)).toThrow(refused('no-session'));
    const visitor = await signedIn(sessions);
    const session = await visitor.open();
    const misspelt = { isuse: true } as AttachOptions;
    expect(() => live.attach(session, connection, misspelt)).toThrow(refused('invalid-option'));
    await live.close();
    expect(() => live.attach(session, connection)).toThrow(refused('too-late'));
    expect(() => createLive(sessions, { every: 'soon' as '1s' })).toThrow(
      refused('invalid-option'),
    );
    expect(connection.close).not.toHaveBeenCalled();
  });

  test('refuses a session in its cookie: no store shows whether it ended', async () => {
    const secret = randomBytes(32).toString('hex');
    const connection = { close: vi.fn(), onClosed: vi.fn() };
    const refused = expect.objectContaining({ code: 'no-session' });
    const sealed = createSessions<Data>({ store: cookieSessions(), secret });
    const ofUser = await (await signedIn(sealed)).open();
    expect(() => createLive(sealed).attach(ofUser, connection)).toThrow(refused);

    const sessions = createSessions<Data>({ store: cookieFirst({ store: memory() }), secret });
    const live = createLive(sessions);
    const visitor = new Visitor(sessions);
    await visitor.visit((session) => session.set('views', 1));
    const session = await visitor.open();
    expect(() => live.attach(session, connection)).toThrow(refused);
    await session.moveToStore();
    const attached = live.attach(session, connection);
    expect(await attached.read()).toMatchObject({ data: { views: 1 } });
    expect(connection.close).not.toHaveBeenCalled();
    await live.close();
  });

  test('a connection that throws keeps no other open', async () => {
    const warnings = noticeWarnings();
    const sessions = createSessions<Data>({ store: memory() });
    const live = createLive(sessions, RARELY);
    const visitor = await signedIn(sessions);
    const session: Session<Data> = await visitor.open();
    const close = vi.fn();
    const onClosed = (): void => undefined;
    const broken = (): never => {
      throw new Error('broken');
    };
    live.attach(session, { close: broken, onClosed });
    live.attach(session, { close, onClosed }, { onEnd: broken });
    await visitor.visit((session) => session.logout());
    expect(close).toHaveBeenCalledOnce();
    await vi.waitFor(() => expect(warnings).toEqual([expect.stringContaining('broken')]));
    await live.close();
  });
});

test('S-17 a client that answers no closing handshake is cut off', async () => {
  const sessions = createSessions<Data>({ store: memory() });
  const { attach, sockets } = await startProcess(sessions, RARELY);
  const visitor = await signedIn(sessions);
  const { socket } = await attach(visitor);
  socket.pause();
  await visitor.visit((session) => session.logout());
  expect(sockets.size).toBe(1);
  // By itself, ws waits for half a minute.
  await vi.waitFor(() => expect(sockets.size).toBe(0), { timeout: 5000 });
  socket.terminate();
});

test('S-17 a stream of server-sent events is told, and ends', async () => {
  const sessions = createSessions<Data>({ store: memory() });
  const live = createLive(sessions, RARELY);
  const server = createServer(async (request, response) => {
    const session = await sessions.open(request.headers, { secure: true }, { readOnly: true });
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write('event: hello\ndata: {}\n\n');
    live.attach(session, eventStream(response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    await live.close();
    server.close();
  });
  const visitor = await signedIn(sessions);
  const { port } = server.address() as AddressInfo;
  const request = get({ port, host: '127.0.0.1', headers: { cookie: visitor.cookie ?? '' } });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await vi.waitFor(() => expect(text).toContain('hello'));
  const end = once(response, 'end');
  await visitor.visit((session) => session.logout());
  await end;
  expect(text).toContain('event: session-ended\ndata: {"code":4401,"reason":"ended"}\n\n');
});
