/** How many levels deep, and how many characters of text, `flashInput` keeps of a form. */
const MAX_DEPTH = 10;
const MAX_LENGTH = 65_536;

/** Names of fields that must not lie in a session because a form was sent back. */
const SECRET =
  /passw|pass[-_ ]?(?:phrase|code)|pwd|secret|token|card[-_ ]?n|(?:^|[^a-z])(?:pass|pin|otp|cv[cv]2?)(?![a-z])/i;

type Values = Readonly<Record<string, unknown>>;

/**
 * What of a form's fields may be flashed: plain data, without secrets, at most ten levels deep and
 * as many fields as 65,536 characters hold. In lists null stands for what is left out.
 */
export function oldInput(values: Values): Values {
  let left = MAX_LENGTH;

  /** `undefined` for what is left out. */
  function kept(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return take(value.length) ? value : undefined;
    if (typeof value === 'boolean' || value === null || Number.isFinite(value)) return value;
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value;
    if (depth === MAX_DEPTH || left <= 0) return undefined;
    if (Array.isArray(value)) return keptList(value, depth + 1);
    return isPlain(value) ? keptFields(value, depth + 1) : undefined;
  }

  function keptList(list: readonly unknown[], depth: number): unknown[] {
    const made: unknown[] = [];
    for (const value of list) {
      if (!take(1)) break;
      made.push(kept(value, depth) ?? null);
    }
    return made;
  }

  function keptFields(fields: Values, depth: number): Values {
    const made: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(fields)) {
      if (SECRET.test(name) || name === '__proto__' || !take(name.length + 1)) continue;
      const field = kept(value, depth);
      if (field !== undefined) made[name] = field;
    }
    return made;
  }

  /** Whether so many characters are left; if not, later fields that are shorter may still fit. */
  function take(length: number): boolean {
    if (length > left) return false;
    left -= length;
    return true;
  }

  return keptFields(values, 0);
}

function isPlain(value: unknown): value is Values {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
