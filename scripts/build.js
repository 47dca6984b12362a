// `npm run build`: compiles src/ to dist/, and once more as CommonJS to dist/cjs/, for Jest and for
// tools that know no ES modules. Node itself never loads that: `require` gets the ES modules, so a
// program that mixes both has one copy of Sojourn. Node 21 and 22.0 to 22.11 would load two copies:
// they do not know the condition `module-sync`, so `engines` leaves them out.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const commonJs = join(root, '.artifacts', 'commonjs');
const tsc = join(
  dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin',
  'tsc',
);
const devalue = dirname(dirname(fileURLToPath(import.meta.resolve('devalue'))));

rmSync(join(root, 'dist'), { recursive: true, force: true });
compile('tsconfig.build.json');
copySources();
compile('tsconfig.commonjs.json');
for (const name of ['cookie-session', 'express-session', 'express3']) isItsDefault(name);
writeFileSync(join(root, 'dist', 'cjs', 'package.json'), '{ "type": "commonjs" }\n');
rmSync(commonJs, { recursive: true });

/** @param {string} config */
function compile(config) {
  const { status } = spawnSync(process.execPath, [tsc, '-p', config], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

/** TypeScript tells the module format from the nearest package.json. */
function copySources() {
  rmSync(commonJs, { recursive: true, force: true });
  mkdirSync(commonJs, { recursive: true });
  writeFileSync(join(commonJs, 'package.json'), '{ "type": "commonjs" }\n');
  cpSync(join(root, 'src'), join(commonJs, 'src'), {
    recursive: true,
    // The command line is a program of its own.
    filter: (path) => path !== join(root, 'src', 'cli'),
  });
  edit('stores/sql/load.ts', /process\.\S+\(name\)/, 'require(name)');
  // It is published as ES modules alone.
  cpSync(join(devalue, 'src'), join(commonJs, 'src', 'vendor', 'devalue'), {
    recursive: true,
    filter: (path) => !path.endsWith('.test.js'),
  });
  cpSync(join(devalue, 'LICENSE'), join(root, 'dist', 'cjs', 'vendor', 'devalue', 'LICENSE'));
  edit('codecs/rich.ts', "'devalue'", "'../vendor/devalue/index.js'");
}

/**
 * `require` of this dialect is the function itself, as of the original; of an ES module Node reads
 * that from the export of this name. @param {string} name
 */
function isItsDefault(name) {
  const file = join(root, 'dist', 'cjs', 'dialects', `${name}.js`);
  const text = readFileSync(file, 'utf8');
  if (!text.includes("exports['module.exports'] = "))
    throw new Error(`${name} has no such export.`);
  writeFileSync(
    file,
    `${text}module.exports = Object.assign(exports['module.exports'], module.exports);\n`,
  );
}

/** @param {string} name @param {RegExp | string} from @param {string} to */
function edit(name, from, to) {
  const file = join(commonJs, 'src', name);
  const text = readFileSync(file, 'utf8');
  const edited = text.replace(from, to);
  if (edited === text) throw new Error(`${name} has no ${from} to replace.`);
  writeFileSync(file, edited);
}
