/**
 * The part of Standard Schema 1 that is used here (standardschema.dev). Zod, Valibot, ArkType and
 * others give their schemas this property.
 */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Result<Output> | Promise<Result<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

export interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

type Result<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] };

/** What a schema says of a value. */
export type Verdict = { readonly value: unknown } | { readonly issues: readonly Issue[] };

/** The type of what a schema makes. */
export type OutputOf<Schema extends StandardSchema> = NonNullable<
  Schema['~standard']['types']
>['output'];

/** Asks a schema. A schema that throws, or answers later, does not accept the value. */
export function ask(schema: StandardSchema, value: unknown): Verdict {
  try {
    const result = schema['~standard'].validate(value);
    if (result instanceof Promise) {
      // Its answer comes too late. A rejection that nobody handles would end the process.
      result.catch(() => undefined);
      return refusal('the schema answers asynchronously: use one that answers at once');
    }
    return result.issues === undefined ? { value: result.value } : { issues: result.issues };
  } catch (error) {
    return refusal(`the schema threw: ${messageOf(error)}`);
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'not an error';
}

function refusal(message: string): Verdict {
  return { issues: [{ message }] };
}

/** The path of an issue, as keys. */
export function keysOf({ path = [] }: Issue): string[] {
  return path.map((part) => String(typeof part === 'object' ? part.key : part));
}
