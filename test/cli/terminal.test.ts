import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../../src/config/drivers.js';
import { createWorkplace, visit, type Workplace } from './cli.js';

/**
 * `script` of util-linux gives a pseudo terminal; that of the BSDs takes its command in another
 * way.
 */
const hasScript =
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true;
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

describe.skipIf(!hasScript)('on a terminal', () => {
  let workplace: Workplace;
  beforeEach(() => {
    workplace = createWorkplace();
  });
  afterEach(() => workplace.remove());

  test('init asks, takes a default for an empty answer, and says why it takes an answer not', async () => {
    const [shown, code] = await workplace.type(
      ['init'],
      [
        ['Where are sessions kept? [sqlite]', 'nowhere\r'],
        ["There is no driver 'nowhere'.", ''],
        ['Where are sessions kept? [sqlite]', '\r'],
        ['At which address? [sqlite:sessions.sqlite]', 'redis://localhost\r'],
        ["driver is 'sqlite', but connection begins with 'redis:'.", ''],
        ['At which address? [sqlite:sessions.sqlite]', 'sqlite:data/visits.sqlite\r'],
        ['(yes/no) [no]', 'perhaps\r'],
        ['Answer yes or no.', ''],
        ['(yes/no) [no]', 'y\r'],
      ],
    );
    expect(shown).toContain('session.config.ts is written.');
    expect(code).toBe(0);
    const config = readFileSync(join(workplace.folder, 'session.config.ts'), 'utf8');
    expect(config).toContain("connection: 'sqlite:data/visits.sqlite'");
    expect(config).toContain('encrypt: true');
  });

  test('destroy asks; no, Ctrl-C and Ctrl-D change nothing; yes does', async () => {
    const { store } = await openStore({ connection: workplace.sqlite });
    await visit(store, { a: 1 });
    const destroy = ['destroy', '--all', '--connection', workplace.sqlite];
    const question =
      'End every session of the sqlite store (1 live)? Everybody is signed out. (yes/no) [no]';
    expect((await workplace.type(destroy, [[question, '\r']]))[1]).toBe(4);
    expect((await workplace.type(destroy, [[question, CTRL_C]]))[1]).toBe(130);
    expect((await workplace.type(destroy, [[question, CTRL_D]]))[1]).toBe(130);
    expect(await store.count?.()).toBe(1);
    expect((await workplace.type(destroy, [[question, 'yes\r']]))[1]).toBe(0);
    expect(await store.count?.()).toBe(0);
    await store.close?.();
  });

  test('list fits the terminal: it leaves columns out, then cuts the user', async () => {
    const { store } = await openStore({ connection: workplace.sqlite });
    await visit(store, { a: 1 }, `ann-${'o'.repeat(40)}-of-\u6f22\u5b57`);
    await store.close?.();
    const list = ['list', '--connection', workplace.sqlite];
    const [wide] = await workplace.type(list, []);
    expect(wide).toMatch(/ID +HANDLE +USER +BEGAN +LAST USED +ENDS +SIZE\r\n/);
    expect(wide).toContain('-of-\u6f22\u5b57');
    expect(wide).not.toContain('Left out');
    const [narrow] = await workplace.type(list, [], { columns: 80 });
    expect(narrow).toMatch(/ID +USER +LAST USED\r\n/);
    expect(narrow).toMatch(/ann-o+… /);
    expect(narrow).toContain('Left out, since the terminal is narrow: HANDLE, SIZE, BEGAN, ENDS.');
    for (const line of narrow.replaceAll('\u001b[K', '\r\n').split('\r\n'))
      expect(line.length).toBeLessThanOrEqual(80);
  });

  test('--connection -: the address is typed unseen', async () => {
    const { store } = await openStore({ connection: workplace.sqlite });
    await store.close?.();
    const [shown, code] = await workplace.type(
      ['stats', '--connection', '-'],
      [['Address for --connection: ', `${workplace.sqlite}\r`]],
    );
    expect(shown).toMatch(/live +0/);
    expect(shown).not.toContain(workplace.sqlite);
    expect(code).toBe(0);
  });

  test('copy shows how far it is', async () => {
    const { store } = await openStore({ connection: workplace.sqlite });
    for (let count = 0; count < 200; count++) await visit(store, { count });
    await store.close?.();
    const [shown, code] = await workplace.type(
      ['copy', '--from', workplace.sqlite, '--to', `${workplace.sqlite}-copy`],
      [],
    );
    expect(shown).toMatch(/Copying \d+% █*░* \d+ of 200/);
    expect(shown).toContain('Verified: 200 of 200 sessions of the source are in the target.');
    expect(code).toBe(0);
  });

  test('move shows how far it is', async () => {
    const { store } = await openStore({ connection: workplace.sqlite });
    for (let count = 0; count < 100; count++) await visit(store, { count });
    await store.close?.();
    const [shown, code] = await workplace.type(
      ['move', '--from', workplace.sqlite, '--to', `${workplace.sqlite}-moved`],
      [],
    );
    expect(shown).toMatch(/Moving \d+% █*░* \d+ of 100/);
    expect(shown).toContain('Verified: 100 in the new store, 0 in the old one, 0 in both.');
    expect(code).toBe(0);
  });

  test('colours are for terminals, and not with NO_COLOR', async () => {
    expect((await workplace.type(['doctor', '--driver', 'memory'], []))[0]).toContain('\u001b[33m');
    expect(
      (await workplace.type(['doctor', '--driver', 'memory'], [], { env: { NO_COLOR: '1' } }))[0],
    ).not.toContain('\u001b[');
    expect((await workplace.run(['doctor', '--driver', 'memory'])).stdout).not.toContain('\u001b[');
  });
});
