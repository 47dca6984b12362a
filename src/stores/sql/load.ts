import { createRequire } from 'node:module';

/**
 * Loads a package that is installed beside this one. The CommonJS build has `require` here. Asked
 * when needed: a bundle for Workers has no `import.meta.url`.
 */
export const load = (name: string): unknown => createRequire(import.meta.url)(name);
