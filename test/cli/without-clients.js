// Loaded before the command line: the packages named in WITHOUT_CLIENTS cannot be found, as if they
// were not installed.
import Module, { register } from 'node:module';

const hooks = `
  const hidden = ${JSON.stringify(process.env.WITHOUT_CLIENTS?.split(',') ?? [])};
  export function resolve(specifier, context, next) {
    const name = specifier.replace(/^mysql2\\/.*/, 'mysql2');
    if (!hidden.includes(name)) return next(specifier, context);
    throw Object.assign(new Error("Cannot find package '" + name + "'"), { code: 'ERR_MODULE_NOT_FOUND' });
  }
`;

register(`data:text/javascript,${encodeURIComponent(hooks)}`);

// SQLite is looked for in other ways.
const hidden = process.env.WITHOUT_CLIENTS?.split(',') ?? [];
const require = Module.prototype.require;
Module.prototype.require = Object.assign(
  /** @this {Module} @param {string} name */
  function (name) {
    if (hidden.includes(name.replace('/package.json', ''))) throw new Error(`no ${name} here`);
    return require.call(this, name);
  },
  require,
);
const builtin = process.getBuiltinModule;
// @ts-expect-error It is overloaded.
process.getBuiltinModule = (name) => (hidden.includes(name) ? undefined : builtin(name));
