/** Messages over the secure channel, as both sides' drivers use it. */
import { inviteRekey } from '../crypto/keys.ts';
import { wipe } from '../crypto/sodium.ts';
import type { SecureChannel } from '../mesh/secure-channel.ts';
import { decodeMessage, encodeMessage } from './messages.ts';
import type { Message } from './messages.ts';

/** The only logical channel of an invitation. */
const LOGICAL = 0;

export function send(secure: SecureChannel, message: Message): void {
  sendEncoded(secure, encodeMessage(message));
}

export function sendEncoded(secure: SecureChannel, message: Uint8Array): void {
  secure.send(LOGICAL, message);
}

/** `fn` gets null for what is no message. */
export function receive(secure: SecureChannel, fn: (message: Message | null) => void): void {
  secure.onMessage((logical, bytes) => fn(logical === LOGICAL ? decodeMessage(bytes) : null));
}

/** Goes on under keys that depend on the authentication code as well (protocol §3.2). Erases the ISK. */
export function rekey(secure: SecureChannel, isk: Uint8Array): void {
  const { tx, rx } = secure.keys;
  const next = { tx: inviteRekey(tx, isk), rx: inviteRekey(rx, isk) };
  secure.rekey(next);
  wipe(next.tx, next.rx, isk);
}
