import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkConfig, type SessionConfig } from '../config/config.js';
import { SessionError } from '../core/errors.js';
import { joined } from './explain.js';

const NAMES = [
  'session.config.ts',
  'session.config.mts',
  'session.config.js',
  'session.config.mjs',
];

/** The configuration file of the working folder, if there is one. */
export function findConfigFile(): string | undefined {
  return NAMES.map((name) => resolve(name)).find((file) => existsSync(file));
}

/**
 * What a configuration file exports by default.
 * @throws `invalid-option` when it cannot be loaded; `cause` is why.
 */
export async function loadConfigFile(file: string): Promise<SessionConfig> {
  if (!existsSync(file)) {
    throw new SessionError(
      'invalid-option',
      `There is no ${file}. Correct --config, or write one with \`npx sojourn init\`.`,
    );
  }
  const config = await importDefault(resolve(file)).catch((cause: unknown) => {
    throw new SessionError('invalid-option', `${file} cannot be loaded: ${reasonOf(cause)}`, {
      cause,
    });
  });
  if (config === undefined) {
    throw new SessionError(
      'invalid-option',
      `${file} exports no default. Write: export default defineConfig({ ... })`,
    );
  }
  try {
    checkConfig(config);
  } catch (cause) {
    throw new SessionError(
      'invalid-option',
      `${file}: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
  }
  return config;
}

async function importDefault(file: string): Promise<unknown> {
  if (!/\.m?ts$/.test(file)) {
    const module = (await import(pathToFileURL(file).href)) as { default?: unknown };
    return module.default;
  }
  // On every Node alike: the one that strips types itself warns about files in packages without a
  // type.
  const { createJiti } = await import('jiti');
  const module = await createJiti(import.meta.url, {
    fsCache: false,
    interopDefault: false,
  }).import<{ default?: unknown }>(file);
  return module.default;
}

/** In one line: what follows are the files that led to the one at fault. */
function reasonOf(error: unknown): string {
  const [line = ''] = String(error instanceof Error ? error.message : error).split('\n');
  const isMissing =
    error instanceof Error &&
    'code' in error &&
    /^(ERR_)?MODULE_NOT_FOUND$/.test(String(error.code));
  return joined(
    line.trim(),
    isMissing
      ? 'Install it in this project; sojourn too: `npm install sojourn`.'
      : 'See where with --verbose.',
  );
}
