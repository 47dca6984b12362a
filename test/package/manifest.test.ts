import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));

/** Contracts and the codecs of 'sojourn' itself are exported elsewhere. */
const OWN = new Set(['codec', 'contract', 'index', 'json', 'text']);

/** The TypeScript files directly in `src/<folder>`, without their ending. */
function modulesIn(folder: string): string[] {
  const url = new URL(`src/${folder}/`, root);
  if (!existsSync(url)) return [];
  return readdirSync(url)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => name.slice(0, -'.ts'.length))
    .filter((name) => !OWN.has(name));
}

test('the exports map names every store, adapter, dialect, bridge and codec, and nothing else', () => {
  const expected = {
    '.': './dist/index.js',
    './admin': './dist/admin/index.js',
    './config': './dist/config/index.js',
    './dbsc': './dist/dbsc/index.js',
    './devices': './dist/devices/index.js',
    './live': './dist/live/index.js',
    './newcomers': './dist/newcomers/index.js',
    './notices': './dist/notices/index.js',
    './schema': './dist/schema/index.js',
    './testing': './dist/testing/index.js',
    './testing/node': './dist/testing/node-adapter-suite.js',
    './package.json': './package.json',
    ...Object.fromEntries(
      modulesIn('adapters').map((name) => [`./${name}`, `./dist/adapters/${name}.js`]),
    ),
    ...Object.fromEntries(
      modulesIn('dialects').map((name) => [`./${name}`, `./dist/dialects/${name}.js`]),
    ),
    ...Object.fromEntries(
      modulesIn('bridges').map((name) => [`./bridges/${name}`, `./dist/bridges/${name}.js`]),
    ),
    ...Object.fromEntries(
      modulesIn('stores').map((name) => [`./stores/${name}`, `./dist/stores/${name}.js`]),
    ),
    ...Object.fromEntries(
      modulesIn('telemetry').map((name) => [`./${name}`, `./dist/telemetry/${name}.js`]),
    ),
    ...Object.fromEntries(
      modulesIn('notices').map((name) => [`./notices/${name}`, `./dist/notices/${name}.js`]),
    ),
    ...Object.fromEntries(
      modulesIn('codecs').map((name) => [`./codecs/${name}`, `./dist/codecs/${name}.js`]),
    ),
  };
  expect(manifest.exports).toEqual(
    Object.fromEntries(
      Object.entries(expected).map(([name, file]) => [
        name,
        file.endsWith('.json')
          ? file
          : { 'module-sync': file, require: commonJsOf(file), default: file },
      ]),
    ),
  );
});

/** The file that Jest and other tools without ES modules load. */
function commonJsOf(file: string): string {
  return file.replace('./dist/', './dist/cjs/');
}

test('TypeScript before module node16 finds the types of every entry', () => {
  const { '.': own, './package.json': _json, ...others } = manifest.exports;
  expect(manifest.main).toBe(own.require);
  expect(manifest.types).toBe(own.require.replace(/\.js$/, '.d.ts'));
  expect(manifest.typesVersions).toEqual({
    '*': Object.fromEntries(
      Object.entries<{ require: string }>(others).map(([name, { require }]) => [
        name.slice('./'.length),
        [require.replace(/\.js$/, '.d.ts')],
      ]),
    ),
  });
});

test.each(Object.entries<string | Record<string, string>>(manifest.exports))(
  '%s exists in dist with its types',
  (_subpath, targets) => {
    const files = typeof targets === 'string' ? [targets] : Object.values(targets);
    const types = files
      .filter((file) => file.endsWith('.js'))
      .map((file) => file.replace(/\.js$/, '.d.ts'));
    for (const file of [...files, ...types])
      expect(existsSync(new URL(file, root)), `${file}, made by \`npm run build\``).toBe(true);
  },
);

test('the package says what it is', () => {
  expect(manifest).toMatchObject({
    name: 'sojourn',
    license: 'MIT',
    type: 'module',
    sideEffects: false,
    engines: { node: '^20.19.0 || >=22.12.0' },
    repository: { type: 'git', url: 'git+https://github.com/sojourn-js/sojourn.git' },
    homepage: 'https://github.com/sojourn-js/sojourn#readme',
    bugs: 'https://github.com/sojourn-js/sojourn/issues',
  });
  expect(manifest).not.toHaveProperty('funding');
});

test('each peer is optional', () => {
  const optional = Object.keys(manifest.peerDependencies).filter(
    (name) => manifest.peerDependenciesMeta[name]?.optional === true,
  );
  expect(optional).toEqual(Object.keys(manifest.peerDependencies));
});
