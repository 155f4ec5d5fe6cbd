/** The bound of names, for the schemas and for the fields that windows show. */

/** UTF-16 code units of a name that a person gives. */
export const LONGEST_NAME = 64;
