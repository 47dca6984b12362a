import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Prometheus, startPrometheus } from './prometheus-server.js';
import { openShop } from './prometheus-shop.js';

const folder = new URL('../../docs/guide/telemetry/', import.meta.url);
const rules = fileURLToPath(new URL('alerts.yml', folder));
const ruleTests = fileURLToPath(new URL('../telemetry/alerts.yml', import.meta.url));
const hasPrometheus = spawnSync('promtool', ['--version']).status === 0;
if (!hasPrometheus && process.env.CI)
  throw new Error('There is no Prometheus. Install it from Debian.');

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly targets: readonly { readonly refId: string; readonly expr: string }[];
}

interface Dashboard {
  readonly schemaVersion: number;
  readonly uid: string;
  readonly templating: {
    readonly list: readonly { name: string; type: string; definition?: string }[];
  };
  readonly panels: readonly Panel[];
}

const dashboard: Dashboard = JSON.parse(readFileSync(new URL('grafana.json', folder), 'utf8'));
const queries = dashboard.panels.flatMap(({ title, targets }) =>
  targets.map(({ refId, expr }) => [`${title}, ${refId}`, expr] as const),
);

function promtool(...words: string[]) {
  const { status, stdout, stderr } = spawnSync('promtool', words, { encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

test('the dashboard has what Grafana needs of a file: ids, places, data source, variables', () => {
  expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(36);
  const variables = dashboard.templating.list.map(({ name }) => name);
  expect(dashboard.templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource' });
  const ids = dashboard.panels.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const squares = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`),
  );
  expect(new Set(squares).size).toBe(squares.length);
  for (const { gridPos, datasource, targets } of dashboard.panels) {
    expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    expect(datasource).toEqual({ type: 'prometheus', uid: '$' + '{datasource}' });
    expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
  }
  for (const [, expression] of queries)
    for (const [, name] of expression.matchAll(/\$(\w+)/g))
      expect([...variables, '__rate_interval']).toContain(name);
});

describe.skipIf(!hasPrometheus)('with Prometheus', () => {
  test('promtool accepts the alerts, and each fires in its situation and not on a quiet day', () => {
    expect(promtool('check', 'rules', rules)).toMatchObject({ status: 0 });
    const { status, output } = promtool('test', 'rules', ruleTests);
    expect(status, output).toBe(0);
  });

  describe('that scrapes a shop', () => {
    let shop: Awaited<ReturnType<typeof openShop>>;
    let prometheus: Prometheus;

    beforeAll(async () => {
      shop = await openShop();
      prometheus = await startPrometheus(shop.target, rules);
    });

    afterAll(async () => {
      await prometheus?.stop();
      await shop?.stop();
    });

    const eventually = <Result>(check: () => Promise<Result>): Promise<Result> =>
      vi.waitFor(check, { timeout: 30_000, interval: 100 });

    /** Waits until Prometheus knows all that happened, number by number. */
    const scraped = () =>
      eventually(async () => {
        const sums = await prometheus.query(
          'sum by (sojourn_event) (sojourn_session_events_total) > 0',
        );
        const known = sums.map(({ labels, value }) => [labels.sojourn_event, value]);
        expect(Object.fromEntries(known)).toEqual(Object.fromEntries(shop.heard));
      });

    test('F-10 alerts are quiet on a quiet day, come with their trouble, and every query gives data', async () => {
      for (let times = 0; times < 2; times++) {
        await shop.business();
        await scraped();
      }
      expect(await prometheus.alerts()).toEqual({});

      for (let times = 0; times < 2; times++) {
        await shop.forgedTokens();
        await shop.copiedToken();
        await shop.race();
        await shop.refusingStore();
        await shop.slowStore();
        await scraped();
      }
      const { answer } = await shop.silentStore();
      await scraped();
      await eventually(async () =>
        expect(await prometheus.alerts()).toEqual({
          SojournStoreDown: 'firing',
          SojournStoreFailing: 'pending',
          SojournStoreSlow: 'pending',
          SojournRequestsFail: 'pending',
          SojournTokensForged: 'firing',
          SojournTokenCopied: 'firing',
          SojournManyWriters: 'pending',
          SojournClockStepped: 'firing',
        }),
      );

      for (const [title, expression] of queries) {
        const filled = expression
          .replaceAll('$__rate_interval', '5m')
          .replaceAll('$job', 'shop')
          .replaceAll('$instance', '.*');
        const samples = await prometheus.query(filled);
        expect(samples.filter(({ value }) => value > 0).length, title).toBeGreaterThan(0);
      }
      for (const { definition = '' } of dashboard.templating.list.slice(1)) {
        const [, metric, label = ''] = /^label_values\((\w+), (\w+)\)$/.exec(definition) ?? [];
        expect(await prometheus.query(`count by (${label}) (${metric})`)).toHaveLength(1);
      }

      await answer();
      await scraped();
      await eventually(async () =>
        expect(await prometheus.alerts()).not.toHaveProperty('SojournStoreDown'),
      );
    });
  });
});
