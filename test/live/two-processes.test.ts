import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { io } from 'socket.io-client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { createSessions, type Sessions } from '../../src/index.js';
import { announce } from '../../src/notices/index.js';
import { redisNotices } from '../../src/notices/redis.js';
import { redisStore } from '../../src/stores/redis.js';
import { newChannel } from '../notices/clients.js';
import { kill, scriptPath } from '../processes/run.js';
import { sharedServer } from '../servers.js';
import { Visitor } from '../visitor.js';

const redis = await sharedServer('redis');

type Data = Record<string, number>;
interface Ended {
  readonly code: number;
  readonly reason: string;
}
type Connect = (port: number, cookie: string) => Promise<{ readonly ended: Promise<Ended> }>;

const CLIENTS: Readonly<Record<string, Connect>> = {
  async ws(port, cookie) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, { headers: { cookie } });
    const ended = once(socket, 'close').then(([code, reason]) => ({ code, reason: `${reason}` }));
    await once(socket, 'message');
    return { ended };
  },
  async 'Socket.IO'(port, cookie) {
    const socket = io(`http://127.0.0.1:${port}`, {
      extraHeaders: { cookie },
      reconnection: false,
      forceNew: true,
    });
    let told: Ended = { code: 0, reason: 'nothing' };
    socket.on('session-ended', (message) => (told = message));
    const ended = new Promise<Ended>((resolve) => socket.on('disconnect', () => resolve(told)));
    await new Promise((resolve, reject) => {
      socket.on('attached', resolve as () => void);
      socket.on('connect_error', reject);
    });
    return { ended };
  },
};

/** A process that holds the sockets. */
async function startSockets(options: { hasNotices: boolean; every: string; channel: string }) {
  const argument = JSON.stringify({ url: redis.available ? redis.url : '', ...options });
  const child = fork(scriptPath('live-server.js'), [argument]);
  onTestFinished(() => kill(child));
  const [address] = (await once(child, 'message')) as [AddressInfo];
  return address.port;
}

/**
 * This process serves the requests: each of them renews the token. If it does not announce, the
 * other one listens to notices that never come.
 */
function startRequests(channel: string, announces: boolean): Sessions<Data> {
  const client = new Redis(redis.available ? redis.url : '');
  const store = redisStore({ client, prefix: `${channel}:` });
  const sessions = createSessions<Data>({ store, rotateAfter: '1ms' });
  if (announces) announce(sessions, redisNotices({ client, channel }));
  onTestFinished(async () => {
    await sessions.destroyAll();
    client.disconnect();
  });
  return sessions;
}

describe.skipIf(!redis.available)('a process with sockets, and one with requests', () => {
  const ROUNDS = 100;
  const AT_ONCE = 10;

  test.each(
    ['ws', 'Socket.IO'].flatMap((client) =>
      [
        { means: 'notices alone', announces: true, every: '10m' },
        { means: 'looks at the store, when each notice is lost', announces: false, every: '500ms' },
      ].map((each) => ({ client, ...each })),
    ),
  )(
    'S-17 a logout closes the socket of $client in the other, 100 of 100, by $means',
    async ({ client, announces, every }) => {
      const channel = newChannel();
      const sessions = startRequests(channel, announces);
      const port = await startSockets({ hasNotices: true, every, channel });
      const waits: number[] = [];

      async function round(number: number): Promise<Ended> {
        const visitor = new Visitor(sessions);
        await visitor.visit((session) => session.login(`user-${number}`));
        const connect = CLIENTS[client] as Connect;
        const { ended } = await connect(port, visitor.cookie ?? '');
        const before = visitor.cookie;
        for (let renewal = 0; renewal < number % 4; renewal++) await visitor.visit();
        if (number % 4 > 0) expect(visitor.cookie).not.toBe(before);
        if (number % 3 === 0) await visitor.visit((session) => session.regenerate());
        await visitor.visit((session) => session.logout());
        const since = performance.now();
        const end = await ended;
        waits.push(performance.now() - since);
        return end;
      }

      for (let done = 0; done < ROUNDS; done += AT_ONCE) {
        const rounds = Array.from({ length: AT_ONCE }, (_, index) => round(done + index));
        for (const end of await Promise.all(rounds))
          expect(end).toEqual({ code: 4401, reason: 'ended' });
      }
      expect(waits).toHaveLength(ROUNDS);
      if (process.env.SOJOURN_SHOW === '1') {
        const sorted = waits.sort((one, other) => one - other).map(Math.round);
        process.stdout.write(
          `${client} ${every}: median ${sorted[50]} ms, longest ${sorted[99]} ms\n`,
        );
      }
    },
    120_000,
  );
});
