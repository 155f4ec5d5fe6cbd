/**
 * A program: the app's bridge and engine on real parts, with somebody at work, until it is killed. What it is told to
 * write are canaries. All that a main window would be sent goes into bridge.jsonl, what is logged into log.txt.
 *
 *   node person.ts <folder> <name>     COVE_MEETING_POINTS COVE_BIND
 */
import { appendFileSync, mkdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { AppState } from '../../../main/bridge/app-state.ts';
import type { Environment } from '../../../main/bridge/environment.ts';
import { deviceHandlers } from '../../../main/bridge/handlers/devices.ts';
import { noteHandlers } from '../../../main/bridge/handlers/notes.ts';
import { spaceHandlers } from '../../../main/bridge/handlers/spaces.ts';
import { Preferences } from '../../../main/bridge/preferences.ts';
import { answer } from '../../../main/bridge/router.ts';
import type { Handlers } from '../../../main/bridge/router.ts';
import { ShowingWindows } from '../../../main/bridge/showing.ts';
import { sources } from '../../../main/bridge/sources/index.ts';
import { Subscriptions } from '../../../main/bridge/subscriptions.ts';
import { Tasks } from '../../../main/bridge/tasks.ts';
import { InvitationEncoder, type BlobRef } from '../../../main/client/index.ts';
import { utf8 } from '../../../main/engine/bytes.ts';
import { topics } from '../../../preload/contract/index.ts';
import type { BundleTask, FileTask, StorageTask, TopicName } from '../../../preload/contract/index.ts';
import { fileKeychain } from '../kills/file-keychain.ts';

const [folder = '', name = ''] = process.argv.slice(2);
const dataDir = join(folder, 'profile');
mkdirSync(dataDir, { recursive: true });
const tell = (line: unknown): void => void writeSync(1, `${JSON.stringify(line)}\n`);
const keep = (file: string, line: unknown): void => appendFileSync(join(folder, file), `${JSON.stringify(line)}\n`);

const preferences = new Preferences(join(dataDir, 'preferences.json'));
const state = new AppState(
  {
    dataDir,
    keychain: fileKeychain(join(folder, 'keychain.jsonl')),
    deviceName: `${name}s Gerät`,
    log: (event, detail) => keep('log.txt', [event, detail]),
  },
  preferences,
);
const environment: Environment = {
  state,
  preferences,
  showing: new ShowingWindows(() => state.client),
  bundles: new Tasks<BundleTask['task']>(),
  files: new Tasks<FileTask['task']>(),
  storage: new Tasks<StorageTask['task']>(),
  links: { take: () => null, waiting: false, changed: () => () => undefined },
  windows: {} as Environment['windows'], // opens windows and dialogs, which nobody asks for here
  version: '0.0.0',
};
// Those that reach for the clipboard or the system answer with nothing; the types ask for all.
const call = answer({
  ...noteHandlers(environment),
  ...spaceHandlers(environment),
  ...deviceHandlers(environment),
} as Handlers);
const ask = async (operation: string, input: object): Promise<Record<string, unknown>> => {
  const result = await call({ name: operation, input }, { contents: { id: 1 } as never });
  keep('bridge.jsonl', result);
  if (!result.ok) throw new Error(`${operation}: ${result.error.message}`);
  return (result.value ?? {}) as Record<string, unknown>;
};

const window = {
  id: 1,
  send: (_channel: string, message: unknown) => keep('bridge.jsonl', message),
  isDestroyed: () => false,
  once: () => undefined,
  on: () => undefined,
};
const subscriptions = new Subscriptions(sources(environment));
let last = 0;
let shown: number[] = [];
/** Everything there is to see, as far as these ids name it. */
function look(params: Readonly<Record<string, string>>): void {
  for (const id of shown) subscriptions.remove(window as never, id);
  shown = Object.entries(topics).map(([topic, { params: schema }]) => {
    const keys = Object.keys((schema as unknown as { shape: object }).shape);
    const own = Object.fromEntries(keys.flatMap((key) => (key in params ? [[key, params[key]]] : [])));
    subscriptions.add(window as never, ++last, topic as TopicName, own);
    return last;
  });
}

await state.open();
const { client } = state;
if (!client.halo.profile) await client.halo.createProfile({ displayName: name });
tell({ ready: true });

createInterface({ input: process.stdin }).on('line', (line) => {
  void act(JSON.parse(line) as Record<string, string>).catch((error: unknown) => tell({ error: String(error) }));
});

async function act(asked: Record<string, string>): Promise<void> {
  switch (asked['do']) {
    case 'host': {
      const { spaceId = '' } = (await ask('spaces.create', { name: asked['spaceName'] })) as { spaceId: string };
      const space = client.echo.getSpace(spaceId);
      const { invitation } = space.createInvitation();
      space.createInvitation({ multiUse: true, approval: true });
      const { invitationId = '' } = (await ask('devices.invite', {})) as { invitationId: string };
      look({ spaceId, invitationId: invitation.id });
      look({ invitationId });
      return tell({ spaceId, code: InvitationEncoder.encode(invitation), digits: invitation.authenticationCode });
    }
    case 'join': {
      const { authenticate, invitation } = client.echo.acceptInvitation(InvitationEncoder.decode(asked['code'] ?? ''));
      look({ joiningId: invitation.id });
      await authenticate(asked['digits'] ?? '');
      return tell({ joined: invitation.spaceKey });
    }
    case 'write': {
      const { spaceId = '', title, text = '', field, file = '', fileName = '' } = asked;
      const { noteId } = (await ask('notes.create', { spaceId, title })) as { noteId: string };
      const space = client.echo.getSpace(spaceId);
      if (field !== undefined) space.objects.set(noteId, '/place', field);
      const document = space.objects.document(noteId, 'body');
      document.push(document.version, [{ changes: [[0, text]], clientId: 'window' }]);
      document.save();
      document.close();
      await space.db.add({ type: 'file', content: await space.blobs.add(utf8(file), { name: fileName }) });
      await ask('notes.look', { spaceId, noteId });
      await ask('notes.search', { spaceId, text: text.split(' ')[0] });
      look({ spaceId, noteId });
      return tell({ written: noteId });
    }
    // Outside of the profile, as a person saves them: there they are to be seen.
    case 'save files': {
      const space = client.echo.getSpace(asked['spaceId'] ?? '');
      const files = () => space.objects.query({ type: 'file' }).map(({ fields }) => fields['content'] as BlobRef);
      while (files().length < Number(asked['files'])) await new Promise((resolve) => setTimeout(resolve, 50));
      mkdirSync(join(folder, 'saved'), { recursive: true });
      for (const ref of files()) await space.blobs.save(ref, join(folder, 'saved', ref.$blob));
      return tell({ savedFiles: files().length });
    }
    case 'back up':
      await client.halo.backups.save(join(dataDir, 'backups', 'cove-2026-01-01.backup'));
      return tell({ saved: true });
    case 'count':
      return tell({ notes: client.echo.getSpace(asked['spaceId'] ?? '').objects.count({ type: 'note' }) });
    // Until the kill: what is on the disk then may be halfway.
    case 'work':
      for (let n = 0; ; n++) {
        client.echo.getSpace(asked['spaceId'] ?? '').objects.create({ type: 'note', title: `${asked['title']} ${n}` });
        if (n === 5) tell({ working: true });
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
  }
}
