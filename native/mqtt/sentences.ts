/** What keeps a meeting point from working and what to do about it, for the list of meeting points in the settings. */
import type { ProxyFault } from '../../main/engine/ports.ts';
import { ProxyError } from '../proxy/proxy.ts';

export const NO_ADDRESS = 'This is not the address of a meeting point. It looks like mqtts://meet.example.';
export const TOO_MANY = 'There are too many meeting points. This one gets its turn when another is not used any more.';
export const SILENT =
  'It does not answer. Check its address and port, and whether it runs; Cove tries again by itself.';
export const NOT_ALLOWED =
  'It answers, and lets Cove listen to nothing. Whoever runs it has to allow the topics cove/1/+ to be subscribed and published to.';
export const CLOSED = 'It closed the connection. Cove tries again by itself.';

const PROXY_WORDS: Readonly<Record<ProxyFault, string>> = {
  unreachable: 'The proxy cannot be reached. Check its address, or choose no proxy.',
  silent: 'The proxy does not answer. Check its address, or ask whoever runs this network.',
  closed: 'The proxy breaks off. Check its address, and whether it begins with http:// or socks5://.',
  'not-a-proxy':
    'What answers there is no such proxy. Check its address, and whether it begins with http:// or socks5://.',
  password: 'The proxy wants a name and a password, or others than these. Write its address with them.',
  refuses: 'The proxy does not let Cove through to it. Many let through to port 443 only.',
  'no-way': 'The proxy does not reach it. Check the address of the meeting point.',
};

export function sentenceOf(error: Error & { code?: unknown }): string {
  if (error instanceof ProxyError) return PROXY_WORDS[error.fault];
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'Nothing listens there. Check its address and port, and whether it runs.';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'That name was not found. Check how it is written, and this computer’s connection.';
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'It cannot be reached. Check this computer’s connection, and whether a firewall is in the way.';
    case 'CERT_HAS_EXPIRED':
      return 'Its certificate has expired, so nothing is sent there. Whoever runs it has to renew it; check this computer’s clock, too.';
    case 'CERT_NOT_YET_VALID':
      return 'Its certificate is not valid yet, so nothing is sent there. Check this computer’s clock.';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return 'Its certificate is for another name, so nothing is sent there. Write its address with the name that the certificate is for.';
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return 'This computer does not know who signed its certificate, so nothing is sent there. Whoever runs it needs one of a public authority, or has to give you theirs.';
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
      return 'It does not speak TLS at that port. Check the port; as a rule it is 8883.';
    case 'ECONNRESET':
    case 'EPIPE':
      return CLOSED;
    // What a CONNACK refuses with (MQTT 3.1.1 §3.2.2.3).
    case 4:
    case 5:
      return 'It wants a name and a password, or others than these. Write them into the address: mqtts://name:password@meet.example.';
    case 1:
    case 2:
    case 3:
      return 'It does not take connections from Cove. Ask whoever runs it, or use another one.';
    default:
      // The client's own errors have no code: of time, or of what it read.
      return /timeout/i.test(error.message)
        ? SILENT
        : 'It does not answer as a meeting point does. Check its address and port.';
  }
}
