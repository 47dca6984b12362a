/** Whether a value can be changed in place. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Whether a value is an object of properties alone, with the usual prototype or none. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (!isObject(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * Whether two values hold the same. The order of properties does not count, nor whether a property
 * that is `undefined` is there, nor which objects are one and the same. Values that are neither
 * lists nor plain objects are compared by `textOf`.
 */
export function isSame(one: unknown, other: unknown, textOf: (value: object) => string): boolean {
  /** What was compared already, so that a value that holds itself has an end. */
  const compared = new Map<object, object>();

  function areSame(one: unknown, other: unknown): boolean {
    if (!isObject(one) || !isObject(other)) return one === other || Object.is(one, other);
    if (compared.get(one) === other) return true;
    compared.set(one, other);
    if (Array.isArray(one) && Array.isArray(other))
      return one.length === other.length && one.every((part, index) => areSame(part, other[index]));
    if (isPlain(one) && isPlain(other))
      return [...new Set([...Object.keys(one), ...Object.keys(other)])].every((key) =>
        areSame(ownValue(one, key), ownValue(other, key)),
      );
    return textOf(one) === textOf(other);
  }

  return areSame(one, other);
}

/** The value of a property; `undefined` when the object itself has none. */
export function ownValue(object: object, key: string): unknown {
  return Object.hasOwn(object, key) ? (object as Record<string, unknown>)[key] : undefined;
}
