/**
 * The router: every request of a window passes here. It checks who asks (the top frame of one of our own
 * windows, loaded from our own origin), parses the request with the contract's schema, and turns whatever
 * happens into a Result. A handler missing for a row of the contract does not compile.
 */
import type { IpcMain, IpcMainEvent, IpcMainInvokeEvent, WebContents } from 'electron';
import { CHANNELS } from '../../preload/channels.ts';
import {
  operations,
  topics,
  type OperationName,
  type Output,
  type Parsed,
  type ParsedParams,
  type Result,
  type Snapshot,
  type TopicName,
} from '../../preload/contract/index.ts';
import { CoveError } from '../client/index.ts';
import { failure } from './failure.ts';
import type { Subscriptions } from './subscriptions.ts';

export interface Caller {
  readonly contents: WebContents;
}
export type Handlers = {
  readonly [Name in OperationName]: (input: Parsed<Name>, caller: Caller) => Output<Name> | Promise<Output<Name>>;
};
/** A topic's source: emits the present snapshot at once, then one after each change; returns its cancel. */
export type Sources = {
  readonly [Name in TopicName]: (params: ParsedParams<Name>, emit: (snapshot: Snapshot<Name>) => void) => () => void;
};

/** True for the top frame of a window of ours that shows a page of ours. */
export type IsTrusted = (event: IpcMainEvent | IpcMainInvokeEvent) => boolean;

export function answer(handlers: Handlers) {
  return async (request: unknown, caller: Caller): Promise<Result<unknown>> => {
    const { name, input } = (request ?? {}) as { name?: unknown; input?: unknown };
    if (typeof name !== 'string' || !Object.hasOwn(operations, name)) return refuse('no such operation');
    const parsed = operations[name as OperationName].input.safeParse(input);
    if (!parsed.success) return refuse(parsed.error.issues[0]?.message ?? 'invalid');
    try {
      // The table's type pairs each name with its input; TypeScript cannot follow the pairing through an index.
      const handler = handlers[name as OperationName] as (input: unknown, caller: Caller) => unknown;
      return { ok: true, value: (await handler(parsed.data, caller)) ?? null };
    } catch (error) {
      return { ok: false, error: failure(error) };
    }
  };
}

export function listen(ipc: IpcMain, isTrusted: IsTrusted, handlers: Handlers, subscriptions: Subscriptions): void {
  const call = answer(handlers);
  ipc.handle(CHANNELS.call, (event, request: unknown) =>
    isTrusted(event) ? call(request, { contents: event.sender }) : refuse('unknown sender'),
  );
  ipc.on(CHANNELS.subscribe, (event, request: unknown) => {
    if (!isTrusted(event)) return;
    const { id, name, params } = (request ?? {}) as { id?: unknown; name?: unknown; params?: unknown };
    if (typeof id !== 'number' || !Number.isSafeInteger(id)) return;
    if (typeof name !== 'string' || !Object.hasOwn(topics, name)) {
      event.sender.send(CHANNELS.snapshot, { id, snapshot: refuse('no such topic') });
      return;
    }
    subscriptions.add(event.sender, id, name as TopicName, params);
  });
  ipc.on(CHANNELS.unsubscribe, (event, request: unknown) => {
    const { id } = (request ?? {}) as { id?: unknown };
    if (isTrusted(event) && typeof id === 'number') subscriptions.remove(event.sender, id);
  });
}

function refuse(reason: string): Result<never> {
  return { ok: false, error: failure(new CoveError('bad-request', { reason: reason.slice(0, 200) })) };
}
