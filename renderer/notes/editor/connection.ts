/**
 * The line to a note's text: asks the host for a document port, takes it when it arrives, and asks again,
 * with growing pauses, when it closes. Knows nothing of editors.
 */
import type { DocumentEvent, DocumentRequest, Host } from '../../../preload/contract/index.ts';

export interface Connection {
  post(request: DocumentRequest): void;
  /** Gives the present port up and asks for a new one. */
  reopen(): void;
  close(): void;
}
export interface Listener {
  event(event: DocumentEvent): void;
  lost(): void;
}

const PAUSES = [200, 500, 1_000, 2_000, 5_000] as const;
/** A port that has not come by then will not. */
const ARRIVAL = 10_000;

export function connect(host: Host, spaceId: string, noteId: string, listener: Listener): Connection {
  let port: MessagePort | null = null;
  let request = '';
  let attempt = 0;
  let closed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function open() {
    request = crypto.randomUUID();
    host.openDocument(request, spaceId, noteId, 'body');
    timer = setTimeout(again, ARRIVAL);
  }
  function arrive(message: MessageEvent<unknown>) {
    if (message.source !== window || !isDocument(message.data) || message.data.request !== request) return;
    const arrived = message.ports[0];
    if (arrived === undefined || closed) return arrived?.close();
    clearTimeout(timer);
    port = arrived;
    arrived.onmessage = ({ data }: MessageEvent<DocumentEvent>) => {
      if (data.type === 'opened') attempt = 0;
      listener.event(data);
      if (data.type === 'closed') again();
    };
    arrived.addEventListener('close', () => port === arrived && again());
  }
  function again() {
    clearTimeout(timer);
    drop();
    if (closed) return;
    listener.lost();
    timer = setTimeout(open, PAUSES[Math.min(attempt++, PAUSES.length - 1)]);
  }
  function drop() {
    const old = port;
    port = null;
    old?.close();
  }

  window.addEventListener('message', arrive);
  open();
  return {
    post: (message) => port?.postMessage(message),
    reopen: again,
    close() {
      closed = true;
      clearTimeout(timer);
      window.removeEventListener('message', arrive);
      drop();
    },
  };
}

function isDocument(data: unknown): data is { readonly type: 'cove:document'; readonly request: string } {
  return (
    typeof data === 'object' && data !== null && 'type' in data && data.type === 'cove:document' && 'request' in data
  );
}
