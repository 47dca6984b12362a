import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** @import { Row } from '../measure.js' */

export const BUNDLE_CASE = { name: 'bundle' };

const ACTION = 'minified and compressed';
const SEALED = `
  export { cookieSessions, createSessions } from './dist/index.js';
  export { sessionHandler } from './dist/adapters/fetch.js';
`;
/** What a program imports, by what we call it. */
const PROGRAMS = {
  'sojourn, sojourn/fetch, cookieSessions': SEALED,
  'the same and the memory store': `${SEALED} export { memoryStore } from './dist/stores/memory.js';`,
};

/**
 * What a bundler makes of Sojourn; the modules of Node are not in it.
 * @param {(system: string, action: string) => boolean} isWanted
 * @returns {Promise<Row[]>}
 */
export async function runBundleCase(isWanted) {
  const wanted = Object.entries(PROGRAMS).filter(([system]) => isWanted(system, ACTION));
  return Promise.all(wanted.map(([system, program]) => rowOf(system, program)));
}

/** @param {string} system @param {string} program @returns {Promise<Row>} */
async function rowOf(system, program) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir: fileURLToPath(new URL('../../', import.meta.url)) },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    metafile: true,
    write: false,
  });
  const [file] = outputFiles;
  const [output] = Object.values(metafile.outputs);
  if (file === undefined || output === undefined) throw new Error('esbuild gave no bundle');
  return {
    case: BUNDLE_CASE.name,
    system,
    action: ACTION,
    cpuMicrosOverBare: null,
    requestsRatio: null,
    storeCommands: null,
    bundleBytes: gzipSync(file.contents).length,
    minifiedBytes: file.contents.length,
    minifiedParts: partsOf(output.inputs),
  };
}

/**
 * Minified bytes by the folder below dist/, the largest first.
 * @param {Record<string, { bytesInOutput: number }>} inputs
 */
function partsOf(inputs) {
  /** @type {Map<string, number>} */
  const parts = new Map();
  for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
    const part = /^dist\/(\w+)\//.exec(path)?.[1];
    if (part !== undefined) parts.set(part, (parts.get(part) ?? 0) + bytesInOutput);
  }
  return Object.fromEntries([...parts].sort(([, one], [, other]) => other - one));
}
