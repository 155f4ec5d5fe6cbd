/** What Node's console shows of what is live: it looks at the target of a proxy, and at the fields of a class, of which there are none. */
export const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom');

/** The prototype of a target. It is called on the proxy. */
const RECORD: object = Object.defineProperty({}, INSPECT, {
  value(this: object) {
    return { ...this };
  },
});

export const recordTarget = (): object => Object.create(RECORD) as object;

export class ListTarget extends Array<unknown> {
  [INSPECT](): unknown[] {
    return Array.from(this);
  }
}
