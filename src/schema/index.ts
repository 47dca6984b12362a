import { SessionError } from '../core/errors.js';
import { asideOf, type Complete, type DataSchema, refuseUnknown } from '../core/internal.js';
import { CheckedData } from './checked-data.js';
import type { Migration } from './migration.js';
import { Rules } from './rules.js';
import { ask, keysOf, type OutputOf, type StandardSchema } from './standard.js';

export type { DataSchema, SetAside } from '../core/internal.js';
export type { Migration } from './migration.js';
export type { StandardSchema } from './standard.js';
export { asideOf };

/** Options of {@link dataSchema}. */
export interface DataSchemaOptions {
  /** The version of the schema: a whole number from 1 on. Default 1. */
  readonly version?: number | undefined;
  /**
   * Functions that turn data of one version into data of the next: `{ 1: (data) => data2 }`. Each
   * function gets all data of the session, and must return the same result each time. Data that was
   * stored without a version has version 1. If a version has no function, its data stays unchanged.
   * Default none.
   */
  readonly migrate?: Readonly<Record<number, Migration>> | undefined;
}

/** The type of the data that a schema describes, to use in `declare module 'sojourn'`. */
export type DataOf<Schema extends DataSchema> = NonNullable<Schema['types']>;

/**
 * Checks the data of sessions by a schema: `createSessions({ data: dataSchema(schema) })`. `schema`
 * describes an object. Write it with Zod, Valibot, ArkType or another library with Standard Schema.
 * Every session begins empty, so the schema must accept `{}`: each key is optional or has a
 * default.
 *
 * Each change is checked at once, key by key. A stored value that does not fit is set aside: the
 * key then has its default, and {@link asideOf} gives the value with the reason.
 * @throws `invalid-option` for a schema that does not accept `{}`, or a wrong `version` or
 * `migrate`.
 */
export function dataSchema<Schema extends StandardSchema<object>>(
  schema: Schema,
  options: DataSchemaOptions = {},
): DataSchema<Complete<OutputOf<Schema> & object>> {
  refuseUnknown(options, ['version', 'migrate'], 'dataSchema');
  const { version = 1, migrate = {} } = options;
  checkSchema(schema);
  checkVersions(version, migrate);
  const rules = new Rules(schema, version, migrate);
  return { create: (codec, report) => new CheckedData(codec, rules, report) };
}

function checkSchema(schema: StandardSchema<object>): void {
  if (typeof schema?.['~standard']?.validate !== 'function')
    throw invalidOption(
      'dataSchema takes a schema with Standard Schema, such as z.object({ ... }) of Zod 4.',
    );
  const verdict = ask(schema, {});
  if ('issues' in verdict) {
    const issues = verdict.issues.map((issue) => `${keysOf(issue).join('.')}: ${issue.message}`);
    throw invalidOption(
      `The schema does not accept {}, and every session begins empty (${issues.join('; ')}). Make each key optional, or give it a default.`,
    );
  }
  if (typeof verdict.value !== 'object' || verdict.value === null)
    throw invalidOption('The schema describes no object. Give one such as z.object({ ... }).');
}

function checkVersions(version: number, migrate: Readonly<Record<number, Migration>>): void {
  if (!Number.isSafeInteger(version) || version < 1)
    throw invalidOption(`version is ${String(version)}. Give a whole number from 1 on.`);
  if (typeof migrate !== 'object' || migrate === null)
    throw invalidOption('migrate is not an object. Give { 1: (data) => data2 }.');
  for (const [name, migration] of Object.entries(migrate)) {
    const from = Number(name);
    if (!Number.isSafeInteger(from) || from < 1 || from >= version)
      throw invalidOption(
        `migrate has '${name}', and version is ${version}. Name versions from 1 to the one before the present.`,
      );
    if (typeof migration !== 'function')
      throw invalidOption(`migrate.${name} is not a function. Give (data) => newData.`);
  }
}

function invalidOption(message: string): SessionError {
  return new SessionError('invalid-option', message);
}
