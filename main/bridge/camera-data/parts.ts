/** What is kept of a file, in its order: neighbours are one part, and a made-up file of millions of parts is not worth their memory. */
const MOST = 10_000;

export class Parts {
  readonly #whole: Buffer;
  readonly #parts: Buffer[] = [];
  #from = 0;
  #to = 0;

  constructor(whole: Buffer) {
    this.#whole = whole;
  }

  /** `to` may be beyond the end. */
  keep(from: number, to: number): void {
    if (from !== this.#to) {
      this.#close();
      this.#from = from;
    }
    this.#to = to;
  }

  insert(part: Buffer): void {
    this.#close();
    this.#from = this.#to;
    this.#parts.push(part);
  }

  /** undefined: they are too many. */
  end(): Buffer[] | undefined {
    this.#close();
    return this.#parts.length > MOST ? undefined : this.#parts;
  }

  #close(): void {
    if (this.#to > this.#from && this.#parts.length <= MOST)
      this.#parts.push(this.#whole.subarray(this.#from, this.#to));
  }
}
