import { createRequire } from 'node:module';

/** Loads a package that is installed beside this one. The CommonJS build has `require` here. */
export const load: NodeJS.Require = createRequire(import.meta.url);
