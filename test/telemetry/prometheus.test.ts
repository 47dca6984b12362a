import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { trace } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { afterAll, describe, expect, test } from 'vitest';
import { createSessions, headerTransport, type Session } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { instrumentSessions } from '../../src/telemetry/opentelemetry.js';
import { listen } from '../adapters/reply.js';

const GUIDE = fileURLToPath(new URL('../../docs/guide/grafana/', import.meta.url));
const PATIENCE = 60_000;
const hasPrometheus = spawnSync('prometheus', ['--version']).status === 0;
if (!hasPrometheus && process.env.CI)
  throw new Error('There is no prometheus. Install it from Debian.');

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}

interface Alert {
  readonly labels: { readonly alertname: string };
  readonly state: string;
}

const { panels } = JSON.parse(readFileSync(join(GUIDE, 'dashboard.json'), 'utf8')) as {
  panels: readonly Panel[];
};

describe.skipIf(!hasPrometheus)('a real Prometheus', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-prometheus-'));
  const closing: (() => Promise<unknown>)[] = [];

  afterAll(async () => {
    for (const close of closing.reverse()) await close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('the rules of the guide fire when they should, and on a quiet day they do not', () => {
    const rules = fileURLToPath(new URL('alerts.yml', import.meta.url));
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', rules], {
      encoding: 'utf8',
    });
    expect(status, stdout + stderr).toBe(0);
  });

  test('scrapes a shop: every query of the dashboard has an answer, and an outage is told', async () => {
    const shop = shopWithOutages();
    const exporter = new PrometheusExporter({ preventServerStart: true });
    const provider = new MeterProvider({ readers: [exporter] });
    const api = { metrics: { getMeter: (name: string) => provider.getMeter(name) }, trace };
    closing.push(async () => instrumented());
    const instrumented = instrumentSessions(shop.sessions, api, { countActive: true });
    const metrics = await listen(
      createServer((request, response) => exporter.getMetricsRequestHandler(request, response)),
    );
    closing.push(() => metrics.stop());
    await shop.day();
    const prometheus = await startPrometheus(folder, new URL(metrics.origin).host);
    closing.push(prometheus.stop);

    await prometheus.until('count_over_time(up[1m]) > 3');
    expect(await prometheus.firing()).toEqual([]);

    shop.break();
    await shop.outage();
    await prometheus.untilFiring('SojournStoreDown');
    shop.repair();
    await shop.recovered();
    await shop.day();
    for (const { title, targets } of panels) {
      for (const { expr } of targets) {
        const query = expr.replaceAll('$__rate_interval', '1m').replaceAll('$job', '.*');
        await prometheus.until(query, title);
      }
    }
    const exposed = await (await fetch(metrics.origin)).text();
    expect(exposed).not.toContain(shop.secret);
    expect(exposed).not.toContain('needle');
  });
});

/** A shop whose store can be taken away. */
function shopWithOutages() {
  const kept = memoryStore();
  const secret = 'a secret that must appear nowhere, 7Jq8Zt0bWm5y';
  let isBroken = false;
  const store = new Proxy(kept, {
    get: (target, name: keyof typeof kept) => {
      const value = target[name];
      if (typeof value !== 'function') return value;
      return (...given: never[]) =>
        isBroken && name !== 'count'
          ? new Promise(() => undefined)
          : (value as (...given: never[]) => unknown).apply(target, given);
    },
  });
  const sessions = createSessions<{ note: string; views: number }>({
    store,
    secret,
    transport: headerTransport('x-session'),
    storeTimeout: '1s',
    onStoreError: [{ paths: ['/public'], policy: 'anonymous' }, { policy: 'fail' }],
  });

  const tokens: string[] = [];

  const open = (token: string, path = '/'): Promise<Session<{ note: string; views: number }>> =>
    sessions.open({ 'x-session': token }, { path });

  async function visit(
    token: string,
    handler: (session: Session<{ note: string; views: number }>) => unknown,
  ): Promise<string> {
    const session = await open(token);
    await handler(session);
    const { headers } = await sessions.commit(session);
    return headers.find(([name]) => name === 'x-session')?.[1] ?? token;
  }

  return {
    sessions,
    secret,
    break() {
      isBroken = true;
    },
    repair() {
      isBroken = false;
    },
    async day() {
      for (let count = 0; count < 20; count++) {
        const token = await visit('', (session) => session.set('note', 'needle'));
        const two = await Promise.all([open(token), open(token)]);
        for (const session of two) session.increment('views');
        await Promise.all(two.map((session) => sessions.commit(session)));
        const user = await visit(token, (session) => session.login('ada'));
        tokens.push(user);
        if (count % 2 === 0) await visit(user, (session) => session.logout());
        await visit(`${token.slice(0, -2)}xx`, () => undefined);
      }
    },
    async outage() {
      const asked = tokens.map((token, at) => open(token, at % 2 === 0 ? '/public' : '/'));
      await Promise.allSettled(asked);
    },
    async recovered() {
      for (const until = performance.now() + PATIENCE; performance.now() < until; ) {
        try {
          await visit('', (session) => session.set('note', 'needle'));
          return;
        } catch {
          await pause(100);
        }
      }
      throw new Error('The circuit did not close.');
    },
  };
}

/** A Prometheus that scrapes one address every half second, with the rules of the guide. */
async function startPrometheus(folder: string, target: string) {
  const socket = createSocketServer().listen(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address() as AddressInfo;
  socket.close();
  await once(socket, 'close');
  const config = join(folder, 'prometheus.yml');
  writeFileSync(
    config,
    JSON.stringify({
      global: { scrape_interval: '500ms', scrape_timeout: '500ms', evaluation_interval: '500ms' },
      rule_files: [join(GUIDE, 'alerts.yml')],
      scrape_configs: [{ job_name: 'shop', static_configs: [{ targets: [target] }] }],
    }),
  );
  const process: ChildProcess = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const origin = `http://127.0.0.1:${port}`;

  async function get(path: string): Promise<unknown> {
    const reply = await fetch(origin + path);
    return (await reply.json()) as unknown;
  }

  async function ask(query: string): Promise<unknown[]> {
    const { data, error } = (await get(`/api/v1/query?${new URLSearchParams({ query })}`)) as {
      data?: { result: unknown[] };
      error?: string;
    };
    if (data === undefined) throw new Error(`${query}: ${error}`);
    return data.result;
  }

  async function alerts(): Promise<readonly Alert[]> {
    return ((await get('/api/v1/alerts')) as { data: { alerts: readonly Alert[] } }).data.alerts;
  }

  async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    for (const end = performance.now() + PATIENCE; performance.now() < end; await pause(200))
      if (await isSo().catch(() => false)) return;
    throw new Error(`After ${PATIENCE / 1000} s, there is still no ${what}.`);
  }

  return {
    firing: async () => (await alerts()).map(({ labels }) => labels.alertname),
    until: (query: string, title = 'answer') =>
      until(`${title}: ${query}`, async () => (await ask(query)).length > 0),
    untilFiring: (name: string) =>
      until(name, async () =>
        (await alerts()).some(
          ({ labels, state }) => labels.alertname === name && state === 'firing',
        ),
      ),
    async stop() {
      process.kill();
      await once(process, 'exit');
    },
  };
}
