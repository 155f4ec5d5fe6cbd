/**
 * The Standard Schema interface, version 1 (standardschema.dev), by structure: what zod, valibot, arktype and others
 * all have. Cove needs none of them for itself.
 */
import { CoveError } from '../engine/errors.ts';

/** Any schema that speaks Standard Schema, version 1. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    /** Gives the value as the schema reads it, or what is wrong with it. Cove takes only one that answers at once. */
    readonly validate: (value: unknown) => Checked<Output> | Promise<Checked<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** One thing that is wrong with a value, as the schema says it. */
export interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The value as the schema reads it, or what is wrong with it. */
export type Checked<Output> =
  { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly Issue[] };

/** What may be given to a schema. */
export type InputOf<S extends StandardSchema> = NonNullable<S['~standard']['types']>['input'];
/** What a schema makes of it. */
export type OutputOf<S extends StandardSchema> = NonNullable<S['~standard']['types']>['output'];

/** What a schema says about a value. Throws CoveError('argument-invalid') for one that answers later: a write cannot wait. */
export function validate<Output>(schema: StandardSchema<unknown, Output>, value: unknown): Checked<Output> {
  const checked = schema['~standard'].validate(value);
  if (!('then' in checked)) return checked;
  const ignored = (): void => undefined;
  checked.then(ignored, ignored);
  throw new CoveError('argument-invalid', { argument: 'schema' }, thrownBy(schema, value));
}

/** zod answers later, too, where a check throws, and says only then what: asked in its own way it throws it. */
function thrownBy(schema: StandardSchema, value: unknown): unknown {
  const { safeParse } = schema as { readonly safeParse?: unknown };
  if (typeof safeParse !== 'function') return undefined;
  try {
    safeParse.call(schema, value);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** What a check threw, as what is wrong. */
export interface ThrownIssue extends Issue {
  readonly cause?: unknown;
}

export const pathOf = ({ path = [] }: Issue): string[] =>
  path.map((segment) => String(typeof segment === 'object' ? segment.key : segment));

/** One thing that is wrong, at the place where it is. */
export interface Fault {
  readonly path: readonly string[];
  /** The same for the same fault. */
  readonly text: string;
  /** A key that the schema does not know and says so. */
  readonly unknown: boolean;
  readonly issue: Issue;
}

/** zod names the keys that a strict object does not know in one issue of that object, others have an issue at each. */
export function faultsOf({ issues = [] }: Checked<unknown>): Fault[] {
  return issues.flatMap((issue): Fault[] => {
    const path = pathOf(issue);
    const { code, keys } = issue as { readonly code?: unknown; readonly keys?: unknown };
    if (code !== 'unrecognized_keys' || !Array.isArray(keys)) {
      return [{ path, text: issue.message, unknown: false, issue }];
    }
    return keys.map((key) => ({ path: [...path, String(key)], text: code, unknown: true, issue }));
  });
}

/** The schema as JSON Schema, where its library says it (Standard JSON Schema, as in zod from 4.2 on). */
export function jsonSchemaOf(schema: StandardSchema): Readonly<Record<string, unknown>> | undefined {
  const { jsonSchema } = schema['~standard'] as {
    readonly jsonSchema?: { readonly input?: (options: { readonly target: string }) => Record<string, unknown> };
  };
  try {
    return jsonSchema?.input?.({ target: 'draft-2020-12' });
  } catch {
    return undefined; // it has something that JSON Schema cannot say
  }
}
