/**
 * A program: somebody with a Cove on a computer of the lab, with an engine on real parts. It is asked on its standard
 * input and tells on its standard output, line by line.
 *
 *   node person.ts <folder> <name>     COVE_MEETING_POINTS COVE_LAN COVE_TURN_SERVERS COVE_PROXY STUN_SERVERS OWN_MEETING_POINT
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client, InvitationEncoder } from '../../main/client/index.ts';
import { fileKeychain } from '../proof/kills/file-keychain.ts';

const [folder = '', name = ''] = process.argv.slice(2);
const tell = (line: unknown): void => void writeSync(1, `${JSON.stringify(line)}\n`);

const client = new Client({
  dataDir: folder,
  keychain: fileKeychain(join(folder, 'keychain.jsonl')),
  deviceName: `${name}’s computer`,
  iceServers: (process.env['STUN_SERVERS'] ?? '').split(',').filter((url) => url !== ''),
  ownMeetingPoint: process.env['OWN_MEETING_POINT'] === '1',
});
await client.initialize();
if (!client.halo.profile) await client.halo.createProfile({ displayName: name });
tell({ ready: true });

createInterface({ input: process.stdin }).on('line', (line) => {
  void act(JSON.parse(line) as Readonly<Record<string, string>>).catch((error: unknown) =>
    tell({ error: (error as { type?: string }).type ?? String(error), ...joinedSoFar() }),
  );
});

/** Of the join that is under way. */
function joinedSoFar() {
  const [mine] = client.echo.joining;
  return mine && { left: mine.attemptsLeft, relayed: mine.relayed };
}

/** Tells as soon as there is something to tell. */
function once(look: () => object | undefined): void {
  const timer = setInterval(() => {
    const found = look();
    if (found === undefined) return;
    clearInterval(timer);
    tell(found);
  }, 50);
}

async function act(asked: Readonly<Record<string, string>>): Promise<void> {
  const { space: key = '', title = '' } = asked;
  switch (asked['do']) {
    case 'invite': {
      const space = key === '' ? await client.echo.createSpace() : client.echo.getSpace(key);
      const { invitation } = space.createInvitation();
      return tell({ space: space.key, code: invitation.code, digits: invitation.authenticationCode });
    }
    case 'join': {
      const { authenticate } = client.echo.acceptInvitation(InvitationEncoder.decode(asked['code'] ?? ''));
      await authenticate(asked['digits'] ?? '');
      return tell({ joined: true });
    }
    case 'invitation': {
      const [invitation] = client.echo.getSpace(key).invitations;
      return tell({ fails: invitation?.fails, uses: invitation?.uses });
    }
    case 'write':
      await client.echo.getSpace(key).db.add({ type: 'note', title });
      return tell({ written: true });
    case 'wait': {
      const shown = client.echo.getSpace(key).db.query({ type: 'note', title });
      const stop = shown.subscribe((notes) => {
        if (notes.length === 0) return;
        setImmediate(() => stop());
        tell({ seen: title });
      });
      return;
    }
    case 'linked': {
      // Tells when somebody is connected, and is so in this way, or one of these.
      const space = client.echo.getSpace(key);
      const wanted = (asked['link'] ?? '').split(',');
      return once(() => {
        const linked = space.peers.map(({ link }) => link).find((link) => link !== undefined && wanted.includes(link));
        return linked && { linked };
      });
    }
    case 'look':
      return tell({ connected: client.echo.getSpace(key).peers.filter((peer) => peer.connected).length });
    case 'lan':
      return tell({ heard: JSON.stringify(client.mesh.examine().lan.ways) });
    case 'ways':
      // Who has not joined yet does not know it.
      return tell({ ways: client.echo.spaces.find((space) => space.key === key)?.peers.map(({ link }) => link) ?? [] });
    case 'carriers':
      return tell({
        carriers: client.echo
          .getSpace(key)
          .peers.map(({ carrier }) => carrier?.name)
          .join(),
      });
    case 'reach':
      return once(() => (client.mesh.reach === asked['reach'] ? { reach: client.mesh.reach } : undefined));
    case 'found': {
      // What the Doctor finds of the other one, once it is one of these.
      const wanted = (asked['findings'] ?? '').split(',');
      return once(() => {
        const found = client.mesh.examine().devices.find(({ finding }) => wanted.includes(finding));
        return found && { found: found.finding };
      });
    }
    case 'memory':
      return tell({ bytes: process.memoryUsage().rss });
    case 'way-out':
      return tell({ wayOut: JSON.stringify(await client.mesh.checkWayOut()) });
    case 'addresses':
      return client.mesh.setLanAddresses((asked['addresses'] ?? '').split(','));
    case 'given':
      // What came of each address, once all have been tried.
      return once(() => {
        const came = client.mesh.examine().lan.given.map(({ last }) => last);
        if (came.some((last) => last === undefined)) return undefined;
        return { given: came.map((last) => (last && 'fault' in last ? last.fault : 'a device')).join() };
      });
    case 'retry':
      return client.mesh.retry();
    case 'stop':
      await client.destroy();
      return process.exit(0);
  }
}
