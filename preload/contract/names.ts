/** Bounds of what people type and paste, for the schemas and for the fields that windows show. */

/** UTF-16 code units of a name that a person gives. */
export const LONGEST_NAME = 64;

/** UTF-16 code units of a message that is looked through for a code; as many as the engine takes. */
export const LONGEST_MESSAGE = 16_384;
