import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));

/** The contracts and the codecs of 'sojourn' itself are exported there. */
const OWN = new Set(['codec', 'contract', 'json', 'text']);

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
    './config': './dist/config/index.js',
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
      modulesIn('codecs').map((name) => [`./codecs/${name}`, `./dist/codecs/${name}.js`]),
    ),
  };
  expect(manifest.exports).toEqual(expected);
});

test.each(Object.entries<string>(manifest.exports))(
  '%s exists in dist with its types',
  (_subpath, target) => {
    const files = target.endsWith('.js') ? [target, target.replace(/\.js$/, '.d.ts')] : [target];
    for (const file of files)
      expect(existsSync(new URL(file, root)), `${file}, made by \`npm run build\``).toBe(true);
  },
);

test('the package says what it is', () => {
  expect(manifest).toMatchObject({
    name: 'sojourn',
    license: 'MIT',
    type: 'module',
    sideEffects: false,
    engines: { node: '>=20.19' },
  });
});

test('each peer is optional', () => {
  const optional = Object.keys(manifest.peerDependencies).filter(
    (name) => manifest.peerDependenciesMeta[name]?.optional === true,
  );
  expect(optional).toEqual(Object.keys(manifest.peerDependencies));
});
