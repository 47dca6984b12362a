import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { trace } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { EVENT_NAMES } from '../../src/core/events.js';
import { createSessions, headerTransport, type Session } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { instrumentSessions } from '../../src/telemetry/opentelemetry.js';

type ShopSession = Session<{ views: number }>;

/** What the metrics have as histograms. */
const TIMED = new Set(['opened', 'committed', 'storeCall']);
const HEADER = 'x-session';
const never = new Promise<never>(() => undefined);

/** A shop whose metrics can be scraped, and whose store and clock get into trouble on demand. */
export async function openShop() {
  const store = memoryStore({ warn: false });
  const { read, update } = store;
  let shift = 0;
  let rivals = 0;
  const options = { transport: headerTransport(HEADER), now: () => Date.now() + shift };
  const rival = createSessions<{ views: number }>({
    store: { ...store, read, update },
    ...options,
  });
  const sessions = createSessions<{ views: number }>({
    store,
    ...options,
    secret: 'u2fLq8ZtXbWm5yKx1uLr9vNcEa2HgPdS',
    rotateAfter: '1h',
    storeTimeout: '3s',
    onStoreError: 'anonymous',
  });
  store.update = async (id, ...rest) => {
    if (rivals-- > 0) await rival.change(id, (session) => session.increment('views'));
    return update.call(store, id, ...rest);
  };

  const heard = new Map<string, number>();
  for (const name of EVENT_NAMES)
    if (!TIMED.has(name)) sessions.on(name, () => void heard.set(name, (heard.get(name) ?? 0) + 1));

  const exporter = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [exporter] });
  const metrics = { getMeter: (name: string) => provider.getMeter(name) };
  const stopMetrics = instrumentSessions(sessions, { metrics, trace }, { countActive: true });
  const server = createServer((request, response) =>
    exporter.getMetricsRequestHandler(request, response),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');

  async function visit(token: string, handle: (session: ShopSession) => unknown = () => undefined) {
    const session = await sessions.open(token === '' ? {} : { [HEADER]: token });
    await handle(session);
    const { headers } = await sessions.commit(session);
    return headers.find(([name]) => name === HEADER)?.[1] || token;
  }

  const visitor = () => visit('', (session) => session.set('views', 1));
  const each = <Result>(times: number, task: () => Promise<Result>): Promise<Result[]> =>
    Promise.all(Array.from({ length: times }, task));

  return {
    target: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,

    /** Visitors who log in, look around and log out. */
    async business() {
      await each(10, async () => {
        const token = await visit(await visitor(), (session) => session.login('ada'));
        await visit(token, (session) => session.increment('views'));
        await visit(token, (session) => session.logout());
        await visit(token);
      });
      await visitor();
    },

    async forgedTokens() {
      const token = await visitor();
      await each(60, () => visit(`${token.slice(0, -4)}0000`));
    },

    /** Its owner has renewed it. The clock is set forward for that. */
    async copiedToken() {
      const first = await visitor();
      shift += 3_600_000;
      const second = await visit(first);
      await visit(second);
      shift += 600_000;
      await visit(first);
    },

    /** Another process writes the session before each of four tries. */
    async race() {
      const token = await visitor();
      rivals = 4;
      await visit(token, (session) => session.increment('views'));
    },

    async refusingStore() {
      const token = await visitor();
      store.read = () => Promise.reject(new Error('connection refused'));
      // One after the other: requests of one session at once share a read.
      for (let times = 0; times < 30; times++) await visit(token);
      store.read = read;
    },

    async slowStore() {
      const tokens = await each(10, visitor);
      store.read = async (id) => {
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        return read.call(store, id);
      };
      await Promise.all(tokens.map((token) => visit(token)));
      store.read = read;
    },

    /** Until `answer()` is called. */
    async silentStore() {
      const tokens = await each(20, visitor);
      store.read = () => never;
      while (heard.get('circuit') === undefined)
        await Promise.all(tokens.map((token) => visit(token)));
      await visit(tokens[0] ?? '');
      return {
        async answer() {
          store.read = read;
          while (heard.get('circuit') === 1) await visit(tokens[0] ?? '');
        },
      };
    },

    async stop() {
      stopMetrics();
      server.close();
      server.closeAllConnections();
      await provider.shutdown();
    },
  };
}
