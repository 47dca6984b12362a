/**
 * Loads a package that is installed beside this one. The CommonJS build has `require` here. Asked
 * when needed: a bundle for Workers has no `import.meta.url`. `createRequire` is not imported, or
 * Turbopack would look for packages while it builds.
 */
export const load = (name: string): unknown =>
  process.getBuiltinModule('node:module').createRequire(import.meta.url)(name);
