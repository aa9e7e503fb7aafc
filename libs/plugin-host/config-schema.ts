import { defaultMetadataStorage } from 'class-transformer/cjs/storage.js';
import { getMetadataStorage } from 'class-validator';
import { targetConstructorToSchema } from 'class-validator-jsonschema';
import type { ConfigClass } from 'feedmill/pipeline';

/** The parts of JSON Schema that config classes give. */
export interface ConfigSchema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, ConfigSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | ConfigSchema;
  readonly items?: ConfigSchema;
  readonly [keyword: string]: unknown;
}

const MAX_DEPTH = 8;

/**
 * The JSON Schema of a step's config, out of its class: constraints from the class-validator
 * decorators, descriptions from `@JSONSchema`, defaults from the initial values of an instance.
 * Nested classes (`@ValidateNested` with `@Type`) stand in place, without references.
 * @throws Error where classes nest more than 8 deep, as a class that contains itself would
 */
export function configSchema(configClass: ConfigClass): ConfigSchema {
  return schemaOf(configClass, 0);
}

function schemaOf(configClass: ConfigClass, depth: number): ConfigSchema {
  if (depth > MAX_DEPTH)
    throw new Error(`config class ${configClass.name} nests more than ${MAX_DEPTH} deep`);
  const own = targetConstructorToSchema(configClass, {
    classTransformerMetadataStorage: defaultMetadataStorage,
  }) as ConfigSchema;
  const defaults = new configClass() as Readonly<Record<string, unknown>>;
  const properties: Record<string, ConfigSchema> = {};
  for (const name of namesOf(configClass)) {
    const property = own.properties?.[name] ?? {};
    const nested = nestedClass(configClass, name);
    const schema = nested ? withoutReferences(property, schemaOf(nested, depth + 1)) : property;
    properties[name] = defaults[name] === undefined ? schema : { ...schema, default: defaults[name] };
  }
  const required = (own.required ?? []).filter((name) => defaults[name] === undefined);
  return {
    type: 'object',
    properties,
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}

/** The properties in the order of the class, base classes first. */
function namesOf(configClass: ConfigClass): Set<string> {
  const metadata = getMetadataStorage().getTargetValidationMetadatas(configClass, '', false, false);
  return new Set(metadata.map((m) => m.propertyName));
}

function nestedClass(configClass: ConfigClass, property: string): ConfigClass | null {
  const type = defaultMetadataStorage.findTypeMetadata(configClass, property);
  return type ? (type.typeFunction() as ConfigClass) : null;
}

function withoutReferences(schema: ConfigSchema, nested: ConfigSchema): ConfigSchema {
  if (schema.$ref !== undefined) {
    const { $ref: _, ...rest } = schema;
    return { ...nested, ...rest };
  }
  return schema.items === undefined ? schema : { ...schema, items: withoutReferences(schema.items, nested) };
}
