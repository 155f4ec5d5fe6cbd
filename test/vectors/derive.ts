/**
 * Everything that Cove derives or encodes by its own rules, from fixed inputs. `freeze.ts` wrote the results into
 * the JSON files of this folder once; `vectors.test.ts` compares. A difference means: peers of another build, or
 * this one's own database, are not understood any more. Never refresh a file, add a new one with a new version.
 */
import { admission } from '../engine/admission.ts';
import { concat, fromHex, toHex, u64be, utf8 } from '../../main/engine/bytes.ts';
import { xchachaSeal } from '../../main/engine/crypto/aead.ts';
import { boxKeyPair, boxSeal, sealTo } from '../../main/engine/crypto/box.ts';
import { cpaceConfirmation, cpaceFinish, cpaceStart } from '../../main/engine/crypto/cpace.ts';
import * as keys from '../../main/engine/crypto/keys.ts';
import { LABEL } from '../../main/engine/crypto/labels.ts';
import { NoiseHandshake } from '../../main/engine/crypto/noise.ts';
import type { NoiseOptions } from '../../main/engine/crypto/noise.ts';
import { sign } from '../../main/engine/crypto/sign.ts';
import {
  makeDeviceRevoke,
  makeGenesis,
  makeProfileSet,
  readCert,
} from '../../main/engine/halo/cert.ts';
import { ChainFault, verifyChain } from '../../main/engine/halo/chain.ts';
import { encodeItem } from '../../main/engine/halo/keychain-item.ts';
import { linkWords, phraseOf, safetyWords } from '../../main/engine/halo/phrase.ts';
import { codeLink, encodeCode } from '../../main/engine/invitation/code.ts';
import {
  deriveBundle,
  deriveCarry,
  deriveEntries,
  deriveEndReasons,
  deriveInvitationMessages,
  deriveInvitationRelay,
  deriveRelay,
  deriveSessions,
} from './derive-messages.ts';
import { deriveJoinFiles } from './derive-by-file.ts';
import { deriveKeeperKeys, deriveKeepers } from './derive-keepers.ts';
import { deriveLan } from './derive-lan.ts';
import { deriveDevices, deriveMeetingPoints, deriveMembers, deriveMessages, deriveUnknown } from './derive-more.ts';
import { deriveBlobs } from './derive-blobs.ts';
import { deriveSteps } from './derive-steps.ts';
import { input } from './input.ts';
import type { Frozen } from './input.ts';

export const FILES: Readonly<Record<string, () => Frozen>> = {
  keys: deriveKeys,
  identity: deriveIdentity,
  invitation: deriveInvitation,
  handshakes: deriveHandshakes,
  boxes: deriveBoxes,
  entries: deriveEntries,
  keepers: deriveKeepers,
  'keeper-keys': deriveKeeperKeys,
  sessions: deriveSessions,
  relay: deriveRelay,
  bundle: deriveBundle,
  carry: deriveCarry,
  lan: deriveLan,
  'invitation-messages': deriveInvitationMessages,
  'end-reasons': deriveEndReasons,
  'invitation-relay': deriveInvitationRelay,
  'join-files': deriveJoinFiles,
  devices: deriveDevices,
  members: deriveMembers,
  unknown: deriveUnknown,
  'meeting-points': deriveMeetingPoints,
  messages: deriveMessages,
  blobs: deriveBlobs,
  steps: deriveSteps,
};

function deriveKeys(): Frozen {
  const entropy = input('entropy', 16);
  const dms = input('dms');
  const { root, backupKey, haloRecovery } = keys.rootFromEntropy(entropy);
  const device = keys.deviceKeys(dms);
  const space = keys.spaceId(utf8('genesis payload'));
  const log = keys.logId(space, device.sign.pk, input('incarnation', 16));
  const [content, meeting] = [input('K_e'), input('M_e')];
  const epoch = keys.epochKeys(content, meeting, space);
  return {
    input: { entropy: toHex(entropy), dms: toHex(dms), K_e: toHex(content), M_e: toHex(meeting) },
    rootPk: toHex(root.pk),
    identityId: toHex(keys.identityId(root.pk)),
    backupKey: toHex(backupKey),
    haloRecovery: toHex(haloRecovery),
    dbKey: toHex(keys.dbKey(dms, input('dbUuid', 16))),
    deviceId: toHex(device.sign.pk),
    noisePk: toHex(device.noise.pk),
    noiseSk: toHex(device.noise.sk),
    boxPk: toHex(device.box.pk),
    boxSk: toHex(device.box.sk),
    spaceId: toHex(space),
    logId: toHex(log),
    yjsClientId: keys.yjsClientId(log),
    keyId: toHex(epoch.keyId),
    entryKey: toHex(epoch.entryKey),
    blobKey: toHex(epoch.blobKey),
    sessionPsk: toHex(epoch.sessionPsk),
    discovery: toHex(epoch.discovery),
    signalKey: toHex(epoch.signalKey),
    topicOfDay20000: keys.topic(epoch.discovery, 20_000),
    lanTagOfDay20000: toHex(keys.lanTag(epoch.discovery, 20_000, u64be(1))),
    sessionTagDialer: toHex(keys.sessionTag(epoch.discovery, input('h'), 'dialer')),
    sessionTagListener: toHex(keys.sessionTag(epoch.discovery, input('h'), 'listener')),
    signature: toHex(sign(device.sign.sk, utf8(LABEL.entrySign), utf8('message'))),
    entrySeal: toHex(xchachaSeal(epoch.entryKey, input('nonce', 24), utf8('aad'), utf8('plaintext'))),
  };
}

function deriveIdentity(): Frozen {
  const entropy = input('entropy', 16);
  const { root } = keys.rootFromEntropy(entropy);
  const me = keys.identityId(root.pk);
  const [first, second] = [input('dms'), input('dms 2')].map(keys.deviceKeys) as [keys.DeviceKeys, keys.DeviceKeys];
  const hash = (cert: Uint8Array): Uint8Array => readCert(cert)?.hash as Uint8Array;
  const admit = (by: keys.DeviceKeys['sign'], device: keys.DeviceKeys, name: string, past: Uint8Array): Uint8Array => {
    return admission({ by, identityId: me, keys: device, name, past: [past] });
  };
  const genesis = makeGenesis(root);
  const one = admit(root, first, 'Desk', hash(genesis));
  const two = admit(first.sign, second, 'Bag', hash(one));
  const profile = makeProfileSet(first.sign, me, { name: 'Ada', avatar: '0123456789abcdef' }, [hash(one)]);
  const revoke = makeDeviceRevoke(first.sign, me, second.sign.pk, [hash(two), hash(profile)]);
  const certs = [genesis, one, two, profile, revoke];
  const state = verifyChain(certs);
  if (state instanceof ChainFault) throw new Error(state.reason);
  return {
    phrase: phraseOf(entropy),
    certificates: certs.map((cert) => ({ bytes: toHex(cert), hash: toHex(hash(cert)) })),
    devices: [...state.devices].map(([deviceId, { name, revoked, depth }]) => ({ deviceId, name, revoked, depth })),
    profile: { ...state.profile },
    keychainItem: encodeItem({
      dms: input('dms'),
      bootId: input('bootId', 16),
      dbUuid: input('dbUuid', 16),
      entropy,
    }),
    safetyWords: safetyWords(me, input('other identity')),
    linkWords: linkWords(input('h'), first.sign.pk, second.sign.pk),
  };
}

function deriveInvitation(): Frozen {
  const host = boxKeyPair(input('hostSk'));
  const secret = input('S', 16);
  const pkHash = keys.invitePkHash(host.pk);
  const { invId, topic, signalKey, psk } = keys.inviteKeys(secret, pkHash);
  const plain = { kind: 'space', multiUse: false, expires: 1_800_000_000_000, secret, pkHash } as const;
  const address = { ip: '192.168.1.20', port: 18_830 };
  const url = 'mqtts://meet.example.org:8883';

  const sid = concat(input('h'), Uint8Array.of(1));
  const pake = { prs: utf8('042917'), ci: keys.invitePakeContext(invId, host.pk), sid };
  const [a, b] = [cpaceStart(pake, input('ya')), cpaceStart(pake, input('yb'))];
  const [ada, adb] = [concat(utf8('G'), input('ADa', 16)), concat(utf8('H'), input('ADb', 16))];
  const transcript = { ya: a.share, ada, yb: b.share, adb };
  const isk = cpaceFinish(sid, a.secret, b.share, transcript) as Uint8Array;
  return {
    codes: {
      plain: encodeCode(plain),
      device: encodeCode({ ...plain, kind: 'device' }),
      multiUse: encodeCode({ ...plain, multiUse: true }),
      address: encodeCode({ ...plain, address }),
      url: encodeCode({ ...plain, url }),
      both: encodeCode({ ...plain, address, url }),
      link: codeLink(encodeCode(plain)),
    },
    hostPk: toHex(host.pk),
    pkHash: toHex(pkHash),
    invId: toHex(invId),
    topic,
    signalKey: toHex(signalKey),
    psk: toHex(psk),
    pake: {
      context: toHex(pake.ci),
      Ya: toHex(a.share),
      Yb: toHex(b.share),
      isk: toHex(isk),
      Ta: toHex(cpaceConfirmation(sid, isk, a.share, ada)),
      Tb: toHex(cpaceConfirmation(sid, isk, b.share, adb)),
      iskId: toHex(keys.iskId(isk)),
      rekey: toHex(keys.inviteRekey(input('k'), isk)),
    },
  };
}

function deriveHandshakes(): Frozen {
  const host = boxKeyPair(input('hostSk'));
  const [a, b] = [boxKeyPair(input('static a')), boxKeyPair(input('static b'))];
  const common = { prologue: utf8('cove test vector'), psk: input('psk') };
  return {
    NKpsk0: transcript(
      { ...common, pattern: 'NKpsk0', initiator: true, rs: host.pk, ephemeralSeed: input('e guest') },
      { ...common, pattern: 'NKpsk0', initiator: false, s: host, ephemeralSeed: input('e host') },
    ),
    XXpsk0: transcript(
      { ...common, pattern: 'XXpsk0', initiator: true, s: a, ephemeralSeed: input('e a') },
      { ...common, pattern: 'XXpsk0', initiator: false, s: b, ephemeralSeed: input('e b') },
    ),
  };
}

/** Handshake messages with the payloads "1", "2", …, the hash, then one message each way. */
function transcript(initiator: NoiseOptions, responder: NoiseOptions): Frozen {
  const [left, right] = [new NoiseHandshake(initiator), new NoiseHandshake(responder)];
  const messages: string[] = [];
  for (let i = 0; !left.done; i++) {
    const [from, to] = i % 2 === 0 ? [left, right] : [right, left];
    const message = from.write(utf8(String(i + 1)));
    to.read(message);
    messages.push(toHex(message));
  }
  const hash = toHex(left.hash);
  const [l, r] = [left.split(), right.split()];
  const none = new Uint8Array(0);
  return {
    messages,
    hash,
    fromInitiator: toHex(l.tx.encrypt(none, utf8('hello'))),
    fromResponder: toHex(r.tx.encrypt(none, utf8('hello'))),
  };
}

function deriveBoxes(): Frozen {
  const device = keys.deviceKeys(fromHex('07'.repeat(32)));
  const sender = boxKeyPair(input('sender'));
  return {
    boxPk: toHex(device.box.pk),
    sealed: toHex(sealTo(device.box.pk, utf8('epoch keys'), input('ephemeral'))),
    box: toHex(boxSeal(input('nonce', 24), utf8('signal'), device.box.pk, sender.sk)),
  };
}
