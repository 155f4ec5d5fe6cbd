/**
 * Definitions of types that stand in a space, for other apps to find: objects of the type `$type`, with `name`,
 * `version`, the names of its `texts` and `sets`, `relation` where it is one, and, as text, `schema`: a JSON Schema (draft
 * 2020-12). They describe; what is written is checked by the program that has the type.
 */
import type { Hex } from '../engine/bytes.ts';
import type { SpaceObjects, StoredObject } from '../engine/echo/object-types.ts';
import { CoveError } from '../engine/errors.ts';
import type { Cancel } from '../engine/ports.ts';
import { check, SHAPES } from './arguments.ts';
import { jsonSchemaOf } from './standard-schema.ts';
import { isType, type ObjectType } from './types.ts';

const TYPE = '$type';

/** A definition of a type that somebody left in the space. */
export interface FoundType {
  readonly id: Hex;
  readonly name: string;
  readonly version: number;
  /** As whoever wrote it has it: not checked to be one. undefined when there is none. */
  readonly jsonSchema: Readonly<Record<string, unknown>> | undefined;
  /** Fields beside the schema that are texts. */
  readonly texts: readonly string[];
  /** Fields of the schema, lists there, that are sets. */
  readonly sets: readonly string[];
  /** Its objects relate two others, `from` and `to`. */
  readonly relation: boolean;
}

/** Definitions of types that are kept in a space for other apps: `space.types`. */
export class SpaceTypes {
  readonly #objects: SpaceObjects;

  constructor(objects: SpaceObjects) {
    this.#objects = objects;
  }

  /** By name, each in its highest version. */
  get list(): readonly FoundType[] {
    return found(this.#objects.query({ type: TYPE }));
  }

  /** The definition of this name; undefined where there is none. */
  find(name: string): FoundType | undefined {
    return this.list.find((type) => type.name === name);
  }

  /**
   * Writes a definition into the space unless it has one of this version or a later one; what one of this version lacks, as an
   * earlier Cove wrote it, is added. Rejects with CoveError('not-permitted').
   */
  async publish(type: ObjectType<object, object>): Promise<FoundType> {
    if (!isType(type)) throw new CoveError('argument-invalid', { argument: 'type' });
    const { name, version, schema, options } = type;
    const known = this.find(name);
    if (known !== undefined && (known.version > version || (known.version === version && this.#isWhole(known)))) {
      return known;
    }
    const jsonSchema = options.jsonSchema ?? jsonSchemaOf(schema);
    const { texts = [], sets = [] } = options;
    const relation = 'relation' in type;
    const about = { name, version, texts: [...texts], sets: [...sets], relation };
    const fields = { ...about, ...(jsonSchema !== undefined && { schema: JSON.stringify(jsonSchema) }) };
    const id = known?.id ?? this.#objects.create({ type: TYPE, ...fields });
    if (known !== undefined) this.#objects.update(id, fields);
    return { id, ...about, jsonSchema };
  }

  /** Calls `fn` with the present ones first and again after each change. */
  subscribe(fn: (types: readonly FoundType[]) => void): Cancel {
    check('fn', SHAPES.fn, fn);
    return this.#objects.subscribe({ type: TYPE }, (objects) => fn(found(objects)));
  }

  #isWhole({ id }: FoundType): boolean {
    return this.#objects.fields(id)?.['texts'] !== undefined;
  }
}

/** Two devices may have published one at the same moment: of the same version the first counts. */
function found(objects: readonly StoredObject[]): FoundType[] {
  const byName = new Map<string, FoundType>();
  for (const { id, fields } of objects) {
    const { name, version, schema, relation } = fields;
    if (typeof name !== 'string' || typeof version !== 'number' || !Number.isSafeInteger(version)) continue;
    if ((byName.get(name)?.version ?? -Infinity) < version) {
      const [texts, sets] = [names(fields['texts']), names(fields['sets'])];
      byName.set(name, { id, name, version, jsonSchema: parsed(schema), texts, sets, relation: relation === true });
    }
  }
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

const names = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];

function parsed(text: unknown): FoundType['jsonSchema'] {
  if (typeof text !== 'string') return undefined;
  try {
    const schema: unknown = JSON.parse(text);
    return typeof schema === 'object' && schema !== null && !Array.isArray(schema)
      ? (schema as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
