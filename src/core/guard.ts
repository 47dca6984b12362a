import { SessionError } from './errors.js';

/**
 * Guards against habits from other libraries that would fail silently here: `req.session.user = x`,
 * a method that a middleware wraps, a callback for a verb that returns a promise.
 */

/** The verbs that return a promise. */
const ASYNCHRONOUS = new Set([
  'regenerate',
  'login',
  'invalidate',
  'logout',
  'destroy',
  'save',
  'reload',
]);

type Method = (...parameters: unknown[]) => unknown;

/** Makes assigning to any property of `prototype`'s objects an error, in sloppy code as well. */
export function refuseAssignments(prototype: object): void {
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    const set = (): never => refuse(name);
    if (property.get !== undefined) Object.defineProperty(prototype, name, { ...property, set });
    if (typeof property.value !== 'function') continue;
    const isClass = name === 'constructor';
    const checked = ASYNCHRONOUS.has(name)
      ? withoutCallbacks(name, property.value)
      : property.value;
    const method = isClass ? checked : Object.freeze(checked);
    Object.defineProperty(prototype, name, { configurable: true, get: () => method, set });
  }
}

/** A prototype in place of `Object.prototype` that refuses assignments to unknown names. */
export function noticingPrototype(): object {
  return new Proxy(Object.create(Object.prototype), {
    set: (_, name) => refuse(String(name)),
  });
}

function withoutCallbacks(name: string, method: Method): Method {
  return function (this: unknown, ...parameters) {
    if (!parameters.some((parameter) => typeof parameter === 'function'))
      return method.apply(this, parameters);
    throw new SessionError(
      'invalid-value',
      `session.${name} takes no callback; it returns a promise. Await it, or use the drop-in sojourn/express-session for middleware that was written for express-session.`,
    );
  };
}

function refuse(name: string): never {
  const quoted = JSON.stringify(name);
  throw new SessionError(
    'invalid-value',
    `A session takes no properties, so ${quoted} cannot be assigned. Write session.set(${quoted}, value), or use the drop-in sojourn/express-session for code that was written for express-session.`,
    { path: name },
  );
}
