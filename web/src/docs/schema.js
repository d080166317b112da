/** JSON Schema in words short enough for a table. It must not know elements. */
import { texts } from "../texts.js";

const words = texts.docs;

/**
 * @typedef {{ $ref?: string, type?: string, anyOf?: Schema[], items?: Schema, format?: string, enum?: string[],
 *   description?: string, properties?: Record<string, Schema>, required?: string[], minimum?: number, maximum?: number,
 *   minLength?: number, maxLength?: number, additionalProperties?: boolean | Schema }} Schema
 */

/** The name a schema is listed under, or null for one written in place. @param {Schema} schema */
export function nameOf(schema) {
  return schema.$ref?.split("/").at(-1) ?? null;
}

/** A schema's type as a person says it: `text, 1 to 200`, `list of number`, `UploadBody or null`. @param {Schema} schema @returns {string} */
export function typeOf(schema) {
  const name = nameOf(schema);
  if (name !== null) return name;
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(words.or);
  if (schema.type === "array") return words.listOf(typeOf(schema.items ?? {}));
  return [schema.format ?? schema.type ?? words.anything, boundsOf(schema)].filter(Boolean).join(", ");
}

/** @param {Schema} schema */
function boundsOf(schema) {
  const low = schema.minimum ?? schema.minLength;
  const high = schema.maximum ?? schema.maxLength;
  if (low === undefined && high === undefined) return "";
  if (low === undefined) return words.atMost(high ?? Infinity);
  return high === undefined ? words.atLeast(low) : words.between(low, high);
}

/** The fields of an object, in the document's order. @param {Schema} schema */
export function fieldsOf(schema) {
  return Object.entries(schema.properties ?? {}).map(([field, inner]) => ({
    field,
    type: typeOf(inner),
    required: schema.required?.includes(field) ?? false,
    description: inner.description ?? "",
  }));
}
