import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { consumer, pack, packageBin, root, run } from './consumer.js';

const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const entries = Object.keys(exports)
  .filter((name) => name !== './package.json')
  .map((name) => `sojourn${name.slice(1)}`);

/** An app in TypeScript; Jest runs what the compiler makes of it. */
const APP = `
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSessions, type Sessions } from 'sojourn';
import { richCodec } from 'sojourn/codecs/rich';
import { sessionListener } from 'sojourn/node';
import { memoryStore } from 'sojourn/stores/memory';

interface Data { since: Date; views: number }

const sessions: Sessions<Data> = createSessions<Data>({
  store: memoryStore(),
  codec: richCodec(),
  cookie: { secure: false },
});
const server = createServer(
  sessionListener(sessions, (_request, response, session) => {
    session.set('since', new Date(0));
    response.end('visit ' + session.increment('views'));
  }),
);

export async function visit(): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = 'http://127.0.0.1:' + (server.address() as AddressInfo).port;
  const first = await fetch(url);
  const cookie = (first.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '';
  const second = await fetch(url, { headers: { cookie } });
  server.close();
  await sessions.close();
  return second.text();
}
`;

let folder: string;
let user: string;

beforeAll(() => {
  const { folder: made, tarball } = pack();
  folder = made;
  user = consumer(
    folder,
    'consumer',
    { type: 'commonjs' },
    tarball,
    'jest29@npm:jest@29',
    'jest30@npm:jest@30',
    'typescript5@npm:typescript@5.9',
    '@types/node@20',
  );
  writeFileSync(join(user, 'app.ts'), APP);
}, 180_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('require gives what import gives, so that a program which mixes both has one copy', () => {
  const program = `
    (async () => {
      for (const name of ${JSON.stringify(entries)}) {
        const required = require(name);
        const imported = await import(name);
        // Three dialects are a function themselves, as their originals are.
        const own = imported['module.exports'];
        const pairs = own === undefined ? Object.keys(imported).map((key) => [required[key], imported[key]]) : [[required, own]];
        if (pairs.some(([one, other]) => one !== other)) throw new Error(name + ' is another copy');
      }
      console.log('same');
    })();
  `;
  writeFileSync(join(user, 'mixed.js'), program);
  expect(run(user, process.execPath, 'mixed.js')).toBe('same\n');
});

const COMPILERS = {
  'TypeScript 7': () => packageBin('typescript', 'tsc'),
  'TypeScript 5': () => join(user, 'node_modules/typescript5/bin/tsc'),
};
const MODES = [
  { compiler: 'TypeScript 5', module: 'commonjs', moduleResolution: 'node10' },
  { compiler: 'TypeScript 5', module: 'node16', moduleResolution: 'node16' },
  { compiler: 'TypeScript 7', module: 'commonjs', moduleResolution: 'bundler' },
  { compiler: 'TypeScript 7', module: 'node16', moduleResolution: 'node16' },
  { compiler: 'TypeScript 7', module: 'nodenext', moduleResolution: 'nodenext' },
] as const;

test.each(MODES)(
  '$compiler compiles an app with module $module and moduleResolution $moduleResolution, and it runs',
  ({ compiler, module, moduleResolution }) => {
    const lines = entries.map((name, index) => `export * as entry${index} from '${name}';\n`);
    writeFileSync(join(user, 'all.ts'), lines.join(''));
    const compilerOptions = {
      module,
      moduleResolution,
      target: 'es2022',
      types: ['node'],
      strict: true,
      // The declarations of Node's own types and of ours are checked elsewhere.
      skipLibCheck: true,
      esModuleInterop: true,
    };
    const config = { compilerOptions, files: ['app.ts', 'all.ts'] };
    writeFileSync(join(user, 'tsconfig.json'), JSON.stringify(config));
    run(user, process.execPath, COMPILERS[compiler](), '-p', '.', '--pretty', 'false');
    const program = "require('./app.js').visit().then((text) => console.log(text))";
    expect(run(user, process.execPath, '--eval', program)).toBe('visit 2\n');
  },
);

test.each(['jest29', 'jest30'])('%s runs a test of the app as it comes', (name) => {
  writeFileSync(
    join(user, 'app.test.js'),
    `test('a visit', async () => {
      expect(await require('./app.js').visit()).toBe('visit 2');
      expect(require.resolve('sojourn')).toMatch(/cjs/);
      for (const name of ['cookie-session', 'express-session', 'express3'])
        expect(require('sojourn/' + name)).toBeInstanceOf(Function);
    });`,
  );
  run(user, process.execPath, join(user, `node_modules/${name}/bin/jest.js`), '--ci');
});
