import { isObject } from '../core/internal.js';
import type { Migration } from './migration.js';
import { reasonOf } from './reason.js';
import { ask, keysOf, type StandardSchema } from './standard.js';

/** What a schema makes of the value of a key, or why it does not fit and where. */
export type Judgement =
  | { readonly value: unknown }
  | { readonly reason: string; readonly path: string };

/** A schema and its versions, as checked data asks them. */
export class Rules {
  readonly version: number;
  readonly #schema: StandardSchema;
  readonly #migrations: Readonly<Record<number, Migration>>;

  constructor(
    schema: StandardSchema,
    version: number,
    migrations: Readonly<Record<number, Migration>>,
  ) {
    this.#schema = schema;
    this.version = version;
    this.#migrations = migrations;
  }

  /** Judges a value alone, because requests change keys independently of each other. */
  judge(key: string, value: unknown): Judgement {
    const verdict = ask(this.#schema, { [key]: value });
    if ('issues' in verdict) {
      const { issues } = verdict;
      const keys = issues[0] === undefined ? [] : keysOf(issues[0]);
      return { reason: reasonOf(issues, value), path: keys[0] === key ? keys.join('.') : key };
    }
    const made = ownValue(verdict.value, key);
    if (made === undefined) return { reason: 'the schema has no such key', path: key };
    return { value: made };
  }

  /** The data that the schema makes of none. */
  defaults(): object {
    const verdict = ask(this.#schema, {});
    return 'value' in verdict && isObject(verdict.value) ? verdict.value : {};
  }

  /** What turns data of a version into that of the next; `undefined` when they are the same. */
  migration(version: number): Migration | undefined {
    return this.#migrations[version];
  }
}

function ownValue(data: unknown, key: string): unknown {
  return isObject(data) && Object.hasOwn(data, key)
    ? (data as Record<string, unknown>)[key]
    : undefined;
}
