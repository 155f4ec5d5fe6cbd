/** What the rows of table.ts are written with: bytes as text, as JSON and out of vectors, and the errors that a decoder may give. */
import { fromHex, utf8 } from '../../../main/engine/bytes.ts';

export const hexes = (values: Readonly<Record<string, string>>): Uint8Array[] => Object.values(values).map(fromHex);
export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
export const refusal =
  (...kinds: readonly (abstract new (...args: never[]) => Error)[]) =>
  (error: unknown) =>
    kinds.some((kind) => error instanceof kind);
/** What a window sends is structured; text that is no JSON arrives as a string. */
export const value = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(text(bytes));
  } catch {
    return text(bytes);
  }
};
export const json = (...values: readonly unknown[]): Uint8Array[] => values.map((one) => utf8(JSON.stringify(one)));

/** undefined where it throws. */
export function tolerant<T>(fn: () => T): T | undefined {
  try {
    return fn();
  } catch {
    return undefined;
  }
}

/** A recovery share, of halo/share.test.ts. */
export const SHARE = 'coveshare1zq3sznff3j2pvctenpaa5ccy03u8097k4a6xznwuju0sfxv3g4';
