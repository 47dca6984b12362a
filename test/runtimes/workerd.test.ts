import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findRuntime } from '../../scripts/runtimes.js';
import { createClient } from '../../src/testing/client.js';
import { bundle } from './bundle.js';
import type { SuiteResult } from './programs/run-cases.js';
import { suites } from './suites.js';
import { startWorkerd, type Workerd } from './workerd.js';

const runtime = findRuntime('workerd');
const version = runtime.available ? runtime.version : runtime.reason;

describe.skipIf(!runtime.available)(`workerd ${version}`, () => {
  let workerd: Workerd;

  beforeAll(async () => {
    if (!runtime.available) return;
    workerd = await startWorkerd(runtime.command, await bundle('worker', { isWhole: true }));
    await fetch(`${workerd.origins[0]}/migrate`);
  });
  afterAll(() => workerd?.stop());

  for (const { kind, name } of suites.workerd)
    test(`the ${kind} suite passes for ${name}`, async () => {
      const response = await fetch(`${workerd.origins[0]}/${kind}/${encodeURIComponent(name)}`);
      const text = await response.text();
      expect(response.status, text).toBe(200);
      const result = JSON.parse(text) as SuiteResult;
      expect(result.failures).toEqual([]);
      expect(result.passed).toBeGreaterThan(50);
    });

  test.each(['sealed', 'memory', 'd1'])('sessions made at module scope: %s', async (store) => {
    const client = createClient({ origin: workerd.origins[0] });
    for (const views of ['1', '2', '3'])
      expect(await (await client.get(`/views/${store}`)).text()).toBe(views);
  });

  test('a D1 session, which may read from a replica, is refused', async () => {
    const answer = await fetch(`${workerd.origins[0]}/refused`);
    expect(await answer.text()).toMatch(/session of D1.* Give the database itself: env.DB/);
  });

  test('two isolates with one D1 database lose no update', async () => {
    const [first, second] = workerd.origins;
    const answer = await fetch(`${first}/views/d1`);
    const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const visits = Array.from({ length: 20 }, (_, index) =>
      fetch(`${index % 2 === 0 ? first : second}/views/d1`, { headers: { cookie } }),
    );
    for (const { status } of await Promise.all(visits)) expect(status).toBe(200);
    const last = await fetch(`${second}/views/d1`, { headers: { cookie } });
    expect(await last.text()).toBe('22');
  });
});
