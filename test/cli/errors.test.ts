import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedServer } from '../servers.js';
import { createWorkplace, ended, type Workplace } from './cli.js';

/** Nobody listens on the port of tcpmux. */
const CLOSED = '127.0.0.1:1';
const postgres = await sharedServer('postgres');
const mariadb = await sharedServer('mariadb');

let workplace: Workplace;
beforeAll(() => {
  workplace = createWorkplace();
});
afterAll(() => workplace.remove());

describe('one line says what is wrong and what to do', () => {
  test.each([
    [['lst'], 2, 'Did you mean `npx sojourn list`?'],
    [['lsit'], 2, 'Did you mean `npx sojourn list`?'],
    [['destory'], 2, 'Did you mean `npx sojourn destroy`?'],
    [['run'], 2, 'See them all with `npx sojourn --help`.'],
    [['start'], 2, 'See them all with `npx sojourn --help`.'],
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
    [['list', '--page', '0', '--driver', 'file'], 2, "--page is '0'"],
    [['destroy', 'a', '--except', 'b', '--driver', 'file'], 2, '`--user <id> --except <id>`'],
    [['change', '--set', '{}'], 2, 'one of `<id>` and `--user <id>`'],
    [['change', 'a', '--user', 'b', '--set', '{}'], 2, 'one of `<id>` and `--user <id>`'],
    [['change', 'a'], 2, '`--delete <key>`'],
    [['change', 'a', '--set', 'plan=pro'], 2, 'Write --set \'{"plan":"pro"}\'.'],
    [['change', 'a', '--set', '{}'], 2, 'Write --set \'{"plan":"pro"}\'.'],
    [['change', 'a', '--set', '["pro"]'], 2, 'Write --set \'{"plan":"pro"}\'.'],
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
    [['stats', '--connection', 'sqlite:.'], 2, 'There is no file .'],
    [['stats', '--connection', 'file:session.txt'], 2, 'There is no folder session.txt'],
    [['table', '--driver', 'sqlite', '--table', 'a b'], 2, 'up to 52 letters'],
    [['table', '--driver', 'sqlite', '--write', 'absent/table.sql'], 1, 'Make the folder'],
    [['stats', '--connection', `redis://${CLOSED}`], 1, 'Check host and port'],
    [['stats', '--connection', 'redis://ann:hush#hush@host'], 1, 'percent-encode'],
    [['stats', '--connection', 'postgres://ann:hush/hush@host/x'], 1, 'percent-encode'],
    [['stats', '--connection', `postgres://${CLOSED}/x`], 1, 'Check host and port'],
    [['stats', '--connection', `mysql://${CLOSED}/x`], 1, 'Check host and port'],
    [['show', 'a', '--connection', `memcached://${CLOSED}`], 1, 'Check host and port'],
    [['stats', '--connection', `mongodb://${CLOSED}/x`], 1, 'Check host and port'],
    [['stats', '--connection', 'dynamodb://'], 2, 'dynamodb://region/table'],
  ])('%j', async (parameters, code, advice) => {
    const { stderr: told, ...run } = await workplace.run(parameters);
    const stderr = told.replace(/^warning: .*\n/, '');
    expect({ ...run, stderr }).toEqual({
      code,
      stdout: '',
      stderr: expect.stringContaining(advice),
    });
    expect(stderr).toMatch(/^sojourn: [^\n]+\n/);
  });

  test('a missing table of SQLite, which is not made by looking', async () => {
    await workplace.run(['migrate', '--connection', workplace.sqlite]);
    for (const command of [['stats'], ['destroy', '--all', '--yes'], ['prune']]) {
      const { code, stderr } = await workplace.run([
        ...command,
        '--connection',
        workplace.sqlite,
        '--table',
        'absent',
      ]);
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringContaining('There is no table absent in '),
      });
    }
  });

  test.skipIf(!mariadb.available)('a wrong password', async () => {
    const url = new URL(mariadb.available ? mariadb.url : 'mysql://x');
    url.password = 'hush-hush';
    const { code, stderr } = await workplace.run(['stats', '--connection', url.href]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('Check user and password'),
    });
  });

  test.skipIf(!postgres.available)('a missing table, a missing database', async () => {
    const url = postgres.available ? new URL(postgres.url) : new URL('postgres://x');
    const missingTable = await workplace.run([
      'stats',
      '--connection',
      url.href,
      '--table',
      `absent_${process.pid}`,
    ]);
    expect(missingTable).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('npx sojourn migrate'),
    });
    url.pathname = '/absent';
    const missingDatabase = await workplace.run(['stats', '--connection', url.href]);
    expect(missingDatabase).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Make the database'),
    });
  });

  test.each([
    ["absoluteLifetime: '30d'", 'Write lifetime for it'],
    ['expireOnClose: true', 'Write persistent'],
    ['lifetime: 0', "such as '30s'"],
    ['lifetime: 120', "'120s' for seconds"],
    ['idle_timeout: 1', 'Write idleTimeout.'],
    ['colour: 1', 'The keys are: driver, '],
    ["sameSite: 'none', secure: false", 'secure'],
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
    writeFileSync(
      join(workplace.folder, 'storeless.ts'),
      'export default { store: async () => undefined };',
    );
    expect(await workplace.run(['stats', '--config', 'storeless.ts'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('a function that returns one'),
    });
    writeFileSync(join(workplace.folder, 'empty.ts'), 'export const a = 1;');
    expect(await workplace.run(['stats', '--config', 'empty.ts'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('export default defineConfig'),
    });
  });

  test('the environment: a variable that cannot be read', async () => {
    const run = await workplace.run(['stats', '--driver', 'file'], { SOJOURN_ENCRYPT: 'perhaps' });
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('Give true or false.') });
  });

  test('--json: errors are JSON too; --verbose and DEBUG add the stack', async () => {
    const parameters = ['stats', '--connection', `redis://${CLOSED}`];
    const { stderr } = await workplace.run([...parameters, '--json']);
    expect(JSON.parse(stderr)).toEqual({
      error: { code: 'failed', message: expect.stringContaining('ECONNREFUSED') },
    });
    expect((await workplace.run([...parameters, '--verbose'])).stderr).toMatch(/\n +at /);
    expect((await workplace.run(parameters, { DEBUG: 'sojourn' })).stderr).toMatch(/\n +at /);
  });

  test('a password on the command line is warned of; stdin takes it unseen', async () => {
    const open = `redis://ann:hush-hush@${CLOSED}`;
    const warning =
      /Every user of this machine can see the password in --connection, .* --connection - /;
    for (const connection of [open, `postgres://${CLOSED}/x?password=hush-hush`]) {
      const { stderr } = await workplace.run(['stats', '--connection', connection]);
      expect(stderr).toMatch(warning);
      expect(stderr).not.toContain('hush-hush');
    }
    const { stderr } = await workplace.run(['stats', '--json', '--connection', open]);
    expect(JSON.parse(stderr.split('\n')[0] ?? '')).toEqual({
      warning: { code: 'password-in-arguments', message: expect.stringMatching(warning) },
    });
    const hidden = await ended(
      workplace.start(['stats', '--connection', '-'], { input: `${open}\n` }),
    );
    expect(hidden).toMatchObject({ code: 1, stderr: expect.stringContaining('ECONNREFUSED') });
    expect(hidden.stderr).not.toContain('command line');
    const two = workplace.start(['copy', '--from', '-', '--to', '-'], { input: 'file:a\nfile:a' });
    expect((await ended(two)).stderr).toContain('Give two stores.');
    const none = await ended(workplace.start(['stats', '--connection', '-']));
    expect(none).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--connection is -, and stdin has no address.'),
    });
  });

  test('V-15 a password of a connection is in no message, and not with --verbose', async () => {
    for (const connection of [
      `redis://ann:hush-hush@${CLOSED}`,
      `postgres://ann:hush-hush@${CLOSED}/x`,
      `redis://ann:#hush-hush@${CLOSED}`,
      `mysql://ann:%zz/hush-hush@${CLOSED}/x`,
      'foo://ann:hush-hush@host',
      `postgres://${CLOSED}/x?user=ann&password=hush-hush`,
      '//ann:hush-hush@host',
    ]) {
      for (const parameters of [
        ['doctor', '--connection', connection],
        ['stats', '--verbose', '--connection', connection],
        ['stats', connection],
        [connection],
      ]) {
        const { stdout, stderr } = await workplace.run(parameters);
        expect(stdout + stderr).toMatch(/\w/);
        expect(stdout + stderr).not.toContain('hush-hush');
      }
    }
  });
});
