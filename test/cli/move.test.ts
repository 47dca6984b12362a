import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { createOutput } from '../../src/cli/output.js';
import { openStore } from '../../src/config/drivers.js';
import type { SessionStore } from '../../src/index.js';
import { createWorkplace, visit, type Workplace } from './cli.js';

let workplace: Workplace;
let from: string;
let to: string;
let source: SessionStore;
let target: SessionStore;

beforeEach(async () => {
  workplace = createWorkplace();
  [from, to] = ['from.sqlite', 'to.sqlite'].map(
    (name) => `sqlite:${join(workplace.folder, name)}`,
  ) as [string, string];
  ({ store: source } = await openStore({ connection: from }));
  ({ store: target } = await openStore({ connection: to }));
});

afterEach(async () => {
  await source.close?.();
  await target.close?.();
  workplace.remove();
});

test('moves every session, and says what is where', async () => {
  const ids = [await visit(source, { cart: ['tea'] }, 'ann'), await visit(source, { n: 1 })];
  const before = await Promise.all(ids.map(async (id) => (await source.read(id))?.record));
  const { code, stdout, stderr } = await workplace.run(['move', '--from', from, '--to', to]);
  expect(stdout).toBe(
    '2 sessions moved.\nVerified: 2 in the new store, 0 in the old one, 0 in both.\n',
  );
  expect(stderr).toContain('Next: when every server is in the phase `move`');
  expect(code).toBe(0);
  expect(await source.count?.()).toBe(0);
  expect(await Promise.all(ids.map(async (id) => (await target.read(id))?.record))).toEqual(before);
  const again = await workplace.run(['move', '--from', from, '--to', to, '--json']);
  expect(again).toMatchObject({
    code: 0,
    stderr: '',
    stdout: '{"moved":0,"left":0,"arrived":2,"twice":[]}\n',
  });
});

test('--verify moves nothing, and fails while sessions are in the old store', async () => {
  await visit(source, { n: 1 });
  expect(
    await workplace.run(['move', '--from', from, '--to', to, '--verify', '--json']),
  ).toMatchObject({ code: 1, stdout: '{"left":1,"arrived":0,"twice":[]}\n' });
  expect(await source.count?.()).toBe(1);
});

test('takes the moving store of session.config.mjs', async () => {
  for (let count = 0; count < 3; count++) await visit(source, { count });
  const files = JSON.stringify([from, to].map((url) => url.replace('sqlite:', '')));
  writeFileSync(
    join(workplace.folder, 'session.config.mjs'),
    `import { sqliteStore } from 'sojourn/stores/sqlite';
import { movingStore } from 'sojourn/stores/moving';
const [from, to] = ${files}.map((file) => sqliteStore({ file }));
export default { store: movingStore({ from, to, phase: 'move' }) };
`,
  );
  expect(await workplace.run(['move', '--rate', '1000', '--json'])).toMatchObject({
    code: 0,
    stdout: '{"moved":3,"left":0,"arrived":3,"twice":[]}\n',
  });
});

test.each([
  [['--from', 'file:a'], 'Give both stores'],
  [['--from', 'file:a', '--to', 'file:a'], 'Give two stores.'],
  [['--from', 'file:a', '--to', 'file:b', '--rate', 'fast'], '--rate 500'],
  [['--connection', 'sqlite:from.sqlite'], 'moves nothing'],
])('move %j is refused', async (parameters, advice) => {
  const { code, stderr } = await workplace.run(['move', ...parameters]);
  expect(stderr).toContain(advice);
  expect(code).toBe(2);
});

test('where there is no terminal, a line every ten seconds says how far it is', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  onTestFinished(() => write.mockRestore());
  const progress = createOutput({ isJson: false }).progress('Moving', 50_000);
  for (let second = 0; second < 25; second++) {
    vi.advanceTimersByTime(1000);
    progress.at((second + 1) * 1000);
  }
  progress.end();
  expect(write.mock.calls.map(([text]) => text)).toEqual([
    'Moving: 10,000 of 50,000, 1,000/s\n',
    'Moving: 20,000 of 50,000, 1,000/s\n',
  ]);
});
