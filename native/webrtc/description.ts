/**
 * Session descriptions: what is read from our own (the certificate's fingerprint) and what a remote one
 * must look like before libdatachannel parses it. Everything but one data channel section is refused, so
 * that no media code is ever reached, and embedded candidates are taken out, so that none avoids judgement.
 */

/** A signal is at most 8 KiB (protocol.md §6.6). */
const MAX_SDP_LENGTH = 8 * 1024;

/** The 32 bytes of the only `a=fingerprint:sha-256` line; undefined when there is none, several, or another kind. */
export function fingerprintOf(sdp: string): Uint8Array | undefined {
  const lines = sdp.split(/\r?\n/).filter((line) => /^a=fingerprint:/i.test(line));
  const match = lines.length === 1 ? /^a=fingerprint:sha-256 (\S+)$/i.exec((lines[0] as string).trim()) : null;
  return match ? parseFingerprint(match[1] as string) : undefined;
}

/** `AB:CD:…` with 32 pairs → bytes. */
export function parseFingerprint(value: string): Uint8Array | undefined {
  if (!/^[0-9a-f]{2}(?::[0-9a-f]{2}){31}$/i.test(value)) return undefined;
  return Uint8Array.from(value.split(':'), (pair) => Number.parseInt(pair, 16));
}

/**
 * The remote description to hand to libdatachannel, or undefined when it is not one of ours.
 *
 * An offer that leaves the DTLS roles open (`actpass`) is read as `active`, so the side that offers also speaks first.
 * libdatachannel answers "active", and its first DTLS message then often comes before the offering side's ICE is up,
 * is dropped there and repeated after a second: of 90 connections on the loopback 65 took 1.0 s, and none this way.
 */
export function acceptableDescription(sdp: unknown): string | undefined {
  if (typeof sdp !== 'string' || sdp.length > MAX_SDP_LENGTH || sdp.includes('\0')) return undefined;
  const lines = sdp.split(/\r?\n/);
  const sections = lines.filter((line) => /^m=/i.test(line));
  if (sections.length !== 1 || !/^m=application \d+ UDP\/DTLS\/SCTP webrtc-datachannel$/.test(sections[0] as string)) {
    return undefined;
  }
  if (!fingerprintOf(sdp)) return undefined;
  return lines
    .filter((line) => !/^a=(?:candidate|remote-candidates):?/i.test(line))
    .map((line) => (line === 'a=setup:actpass' ? 'a=setup:active' : line))
    .join('\r\n');
}
