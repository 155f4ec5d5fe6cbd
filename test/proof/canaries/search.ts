/**
 * Looks for secrets in bytes, in every form in which a careless line of code would leave one there: as it is, in
 * hexadecimal, base64 (at each of its three alignments, in both alphabets), as a list of numbers, as UTF-16, decomposed,
 * percent-encoded, escaped.
 */

export interface Secret {
  /** What it is, for a person who reads that it was found. */
  readonly name: string;
  readonly value: Uint8Array | string;
  /** The app's window shows it on purpose, so that the bridge carries it: note text, names, invitations. */
  readonly shown: boolean;
}

export interface Place {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface Needle {
  readonly secret: Secret;
  readonly form: string;
  readonly bytes: Buffer;
}

/** Shorter ones are found by chance. */
const SHORTEST = 6;

export function needlesOf(secret: Secret): Needle[] {
  const forms = typeof secret.value === 'string' ? textForms(secret.value) : byteForms(Buffer.from(secret.value));
  const seen = new Set<string>();
  return [...forms]
    .filter(({ bytes }) => bytes.length >= SHORTEST)
    .filter(({ bytes }) => {
      const key = bytes.toString('latin1');
      return !seen.has(key) && seen.add(key);
    })
    .map((form) => ({ secret, ...form }));
}

/** 'what, in which form, where' for everything that is found. */
export function findAll(needles: readonly Needle[], places: readonly Place[]): string[] {
  return places.flatMap((place) =>
    needles
      .filter(({ bytes }) => place.bytes.includes(bytes))
      .map(({ secret, form }) => `${secret.name}, ${form}, in ${place.name}`),
  );
}

type Form = Omit<Needle, 'secret'>;

function* byteForms(bytes: Buffer): Generator<Form> {
  yield { form: 'bytes', bytes };
  yield* writtenForms(bytes);
  yield { form: 'numbers', bytes: Buffer.from([...bytes].join(',')) };
  yield { form: 'a base64 or hex text in UTF-16', bytes: Buffer.from(bytes.toString('hex'), 'utf16le') };
}

function* textForms(text: string): Generator<Form> {
  for (const [kind, normal] of [
    ['NFC', text.normalize('NFC')],
    ['NFD', text.normalize('NFD')],
  ] as const) {
    const bytes = Buffer.from(normal);
    yield { form: `text, ${kind}`, bytes };
    yield { form: `text in capitals, ${kind}`, bytes: Buffer.from(normal.toUpperCase()) };
    yield { form: `UTF-16LE, ${kind}`, bytes: Buffer.from(normal, 'utf16le') };
    yield { form: `UTF-16BE, ${kind}`, bytes: Buffer.from(normal, 'utf16le').swap16() };
    yield { form: `percent-encoded, ${kind}`, bytes: Buffer.from(encodeURIComponent(normal)) };
    yield { form: `escaped, ${kind}`, bytes: Buffer.from(escaped(normal)) };
    yield* writtenForms(bytes);
  }
}

function* writtenForms(bytes: Buffer): Generator<Form> {
  const hex = bytes.toString('hex');
  yield { form: 'hex', bytes: Buffer.from(hex) };
  yield { form: 'HEX', bytes: Buffer.from(hex.toUpperCase()) };
  for (const shift of [0, 1, 2]) {
    // Inside of a longer text its first and last characters depend on what is beside it.
    const from = Math.ceil((shift * 8) / 6);
    const to = Math.floor(((shift + bytes.length) * 8) / 6);
    const shifted = Buffer.concat([Buffer.alloc(shift), bytes]);
    for (const alphabet of ['base64', 'base64url'] as const) {
      yield {
        form: `${alphabet} at ${shift}`,
        bytes: Buffer.from(shifted.toString(alphabet).slice(from, to)),
      };
    }
  }
}

const escaped = (text: string): string =>
  text.replace(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
