import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedServer } from '../servers.js';
import { createWorkplace, type Workplace } from './cli.js';

/** Nobody listens on the port of tcpmux. */
const CLOSED = '127.0.0.1:1';
const postgres = await sharedServer('postgres');

let workplace: Workplace;
beforeAll(() => {
  workplace = createWorkplace();
});
afterAll(() => workplace.remove());

describe.concurrent('one line says what is wrong and what to do', () => {
  test.each([
    [['lst'], 2, 'Did you mean `npx sojourn list`?'],
    [['--connection', 'redis://x', 'stats'], 2, 'Write the command before --connection'],
    [['stats', '--conection', 'x'], 2, 'Did you mean --connection?'],
    [['stats', '--connection'], 2, 'Write --connection <URL>.'],
    [['stats', '--connection', '--verbose'], 2, 'Write --connection <URL>.'],
    [['stats', '--verbose=1'], 2, 'Write --verbose alone.'],
    [['stats', 'extra'], 2, 'This command takes flags only.'],
    [['show'], 2, 'npx sojourn list'],
    [['destroy'], 2, '`--user <id>`'],
    [['destroy', 'a', '--all'], 2, '`--user <id>`'],
    [['list', '--limit', 'many', '--driver', 'file'], 2, 'a whole number above 0'],
    [['copy', '--from', 'file:a'], 2, '--to <URL>'],
    [['copy', '--from', 'file:a', '--to', 'file:a'], 2, 'Give two stores.'],
    [['doctor', '--url', 'shop.example'], 2, 'Write https://...'],
    [['stats'], 2, 'npx sojourn init'],
    [['stats', '--config', 'absent.ts'], 2, 'npx sojourn init'],
    [['stats', '--connection', 'nonsense'], 2, 'sqlite:sessions.sqlite'],
    [['stats', '--connection', 'ftp://x'], 2, 'It begins with one of: '],
    [['stats', '--driver', 'mongo'], 2, "extend('mongo', factory)"],
    [['stats', '--driver', 'redis', '--connection', 'postgres://x'], 2, 'Leave out driver'],
    [['stats', '--driver', 'memory'], 2, 'Choose another driver'],
    [['stats', '--driver', 'cookie'], 2, 'Choose another driver'],
    [['stats', '--connection', 'sqlite:absent.sqlite'], 2, 'npx sojourn migrate'],
    [['stats', '--connection', 'file:absent'], 2, 'npx sojourn migrate'],
    [['stats', '--connection', 'sqlite:absent.sqlite', '--table', 'a b'], 2, ''],
    [['stats', '--connection', `redis://${CLOSED}`], 1, 'Check host and port'],
    [['stats', '--connection', `postgres://${CLOSED}/x`], 1, 'Check host and port'],
    [['stats', '--connection', `mysql://${CLOSED}/x`], 1, 'Check host and port'],
    [['show', 'a', '--connection', `memcached://${CLOSED}`], 1, 'Check host and port'],
    [['stats', '--connection', `mongodb://${CLOSED}/x`], 1, 'Check host and port'],
    [['stats', '--connection', 'dynamodb://'], 2, 'dynamodb://region/table'],
  ])('%j', async (parameters, code, advice) => {
    const { stderr, ...run } = await workplace.run(parameters);
    expect({ ...run, stderr }).toEqual({ code, stdout: '', stderr: expect.stringContaining(advice) });
    expect(stderr).toMatch(/^sojourn: [^\n]+\n/);
  });

  test.skipIf(!postgres.available)('a missing table, a missing database, a wrong password', async () => {
    const url = postgres.available ? new URL(postgres.url) : new URL('postgres://x');
    const missingTable = await workplace.run(['stats', '--connection', url.href, '--table', `absent_${process.pid}`]);
    expect(missingTable).toMatchObject({ code: 1, stderr: expect.stringContaining('npx sojourn migrate') });
    url.pathname = '/absent';
    const missingDatabase = await workplace.run(['stats', '--connection', url.href]);
    expect(missingDatabase).toMatchObject({ code: 1, stderr: expect.stringContaining('Make the database') });
  });

  test.each([
    ['lifetime: 120', "idleTimeout: '120m'"],
    ['expire_on_close: true', 'Write expireOnClose.'],
    ['colour: 1', 'The keys are: driver, '],
    ["sameSite: 'none', secure: false", ''],
  ])('a configuration with %s', async (line, advice) => {
    const file = join(workplace.folder, `${line.replaceAll(/\W/g, '')}.config.mjs`);
    writeFileSync(file, `export default { driver: 'memory', ${line} };`);
    const { code, stdout } = await workplace.run(['doctor', '--config', file]);
    expect(stdout).toContain('✗ problem');
    expect(stdout).toContain(advice);
    expect(code).toBe(1);
  });

  test('a configuration that is no program, or exports nothing', async () => {
    writeFileSync(join(workplace.folder, 'broken.ts'), 'export default {');
    expect(await workplace.run(['stats', '--config', 'broken.ts'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/broken\.ts cannot be loaded: ./),
    });
    writeFileSync(join(workplace.folder, 'lacking.ts'), "import 'absent-package';");
    expect(await workplace.run(['stats', '--config', 'lacking.ts'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('npm install'),
    });
    writeFileSync(join(workplace.folder, 'empty.ts'), 'export const a = 1;');
    expect(await workplace.run(['stats', '--config', 'empty.ts'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('export default defineConfig'),
    });
  });

  test('the environment: a variable that cannot be read', async () => {
    const run = await workplace.run(['stats', '--driver', 'file'], { env: { SOJOURN_ENCRYPT: 'perhaps' } });
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('Give true or false.') });
  });

  test('--json: errors are JSON too; --verbose and DEBUG add the stack', async () => {
    const parameters = ['stats', '--connection', `redis://${CLOSED}`];
    const { stderr } = await workplace.run([...parameters, '--json']);
    expect(JSON.parse(stderr)).toEqual({ error: { code: 'failed', message: expect.stringContaining('ECONNREFUSED') } });
    expect((await workplace.run([...parameters, '--verbose'])).stderr).toMatch(/\n +at /);
    expect((await workplace.run(parameters, { env: { DEBUG: 'sojourn' } })).stderr).toMatch(/\n +at /);
  });

  test('V-15 a password of a connection is in no message', async () => {
    for (const connection of [
      `redis://ann:hush-hush@${CLOSED}`,
      `postgres://ann:hush-hush@${CLOSED}/x`,
      'foo://ann:hush-hush@host',
      '//ann:hush-hush@host',
    ]) {
      const { stdout, stderr } = await workplace.run(['doctor', '--connection', connection]);
      expect(stdout + stderr).not.toContain('hush-hush');
    }
  });
});
