import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { consumer, pack, packageBin } from './consumer.js';

let folder: string;
let user: string;

beforeAll(() => {
  const { folder: made, tarball } = pack();
  folder = made;
  user = consumer(
    folder,
    'consumer',
    { type: 'module' },
    tarball,
    'connect-redis@9',
    'redis@5',
    '@types/express-session@1',
    '@types/node@20',
  );
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the compiler says of a program. */
function compile(program: string, options: Record<string, unknown> = {}): string {
  writeFileSync(join(user, 'app.ts'), program);
  const compilerOptions = {
    module: 'nodenext',
    types: ['node'],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    ...options,
  };
  writeFileSync(
    join(user, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['app.ts'] }),
  );
  const tsc = packageBin('typescript', 'tsc');
  return spawnSync(process.execPath, [tsc, '-p', '.', '--pretty', 'false'], {
    cwd: user,
    encoding: 'utf8',
  }).stdout;
}

test('a wrong key is answered with the right ones', () => {
  const said = compile(`
    import { createSessions } from 'sojourn';
    import { memoryStore } from 'sojourn/stores/memory';
    interface Shop { views: number; user: { name: string } }
    createSessions<Shop>({ store: memoryStore() }).current().get('vews');
  `);
  expect(said).toContain(`'"vews"'`);
  for (const path of ['"views"', '"user"', '"user.name"']) expect(said).toContain(path);
});

test('a Date without a codec for it is answered with the codec', () => {
  const said = compile(`
    import { createSessions } from 'sojourn';
    import { memoryStore } from 'sojourn/stores/memory';
    createSessions<{ since: Date }>({ store: memoryStore() });
  `);
  expect(said).toContain("Property 'codec' is missing");
});

const CONNECT_REDIS = `
  import { RedisStore } from 'connect-redis';
  import { createClient } from 'redis';
  import session from 'sojourn/express-session';
  const store = new RedisStore({ client: createClient() });
  session({ secret: 'a secret of 32 characters or more', store });
`;

// With skipLibCheck off neither compiles. Beside @types/express-session both packages name the type
// of `request.session`, and TypeScript allows one. Without it the declarations of connect-redis
// themselves have no types to import.
test('the store of connect-redis 9 goes into the drop-in beside @types/express-session', () => {
  expect(compile(CONNECT_REDIS)).toBe('');
});

test('and without @types/express-session', () => {
  rmSync(join(user, 'node_modules/@types/express-session'), { recursive: true });
  expect(compile(CONNECT_REDIS)).toBe('');
});
