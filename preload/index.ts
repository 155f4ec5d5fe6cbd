/**
 * The main window's bridge: three functions on `window.cove`. Nothing is validated here, because a window
 * that was taken over could talk past it: the main process parses every request and checks every sender.
 */
import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron';
import { CHANNELS } from './channels.ts';
import type { Host, Result, Snapshot, TopicName } from './contract/index.ts';

const listeners = new Map<number, (snapshot: never) => void>();
let nextId = 1;

ipcRenderer.on(CHANNELS.snapshot, (_event: IpcRendererEvent, message: { id: number; snapshot: never }) => {
  listeners.get(message.id)?.(message.snapshot);
});
ipcRenderer.on(CHANNELS.document, (event: IpcRendererEvent, message: { request: string }) => {
  // A MessagePort cannot cross the context bridge; a message to the page's own window carries it.
  window.postMessage({ type: CHANNELS.document, request: message.request }, window.location.origin, event.ports);
});

ipcRenderer.on(CHANNELS.command, (_event: IpcRendererEvent, id: unknown) => {
  // The page's own listeners hear it as they hear its keyboard; nothing can be called with it.
  window.postMessage({ type: CHANNELS.command, id }, window.location.origin);
});

const host: Host = {
  call: (name, input) => ipcRenderer.invoke(CHANNELS.call, { name, input }),
  subscribe: <Name extends TopicName>(
    name: Name,
    params: unknown,
    onSnapshot: (snapshot: Result<Snapshot<Name>>) => void,
  ) => {
    const id = nextId++;
    listeners.set(id, onSnapshot);
    ipcRenderer.send(CHANNELS.subscribe, { id, name, params });
    return () => {
      if (listeners.delete(id)) ipcRenderer.send(CHANNELS.unsubscribe, { id });
    };
  },
  openDocument: (request, spaceId, objectId, field) => {
    ipcRenderer.send(CHANNELS.document, { request, spaceId, objectId, field });
  },
};
contextBridge.exposeInMainWorld('cove', host);
