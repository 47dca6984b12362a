// Loaded before the command line: the packages named in WITHOUT_CLIENTS cannot be found, as if they
// were not installed.
import { register } from 'node:module';

const hooks = `
  const hidden = ${JSON.stringify(process.env.WITHOUT_CLIENTS?.split(',') ?? [])};
  export function resolve(specifier, context, next) {
    const name = specifier.replace(/^mysql2\\/.*/, 'mysql2');
    if (!hidden.includes(name)) return next(specifier, context);
    throw Object.assign(new Error("Cannot find package '" + name + "'"), { code: 'ERR_MODULE_NOT_FOUND' });
  }
`;

register(`data:text/javascript,${encodeURIComponent(hooks)}`);
