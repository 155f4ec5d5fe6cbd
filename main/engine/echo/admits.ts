/** Control entries that tell a space of a device, by the certificates that they carry. */
import { equal } from '../bytes.ts';
import { CERT_KIND, readCert } from '../halo/cert.ts';
import type { Control } from './control.ts';

/** Whether the entry has the certificate that admits the device to its identity. */
export function admits(control: Control, deviceId: Uint8Array): boolean {
  const certs = certsIn(control).map(readCert);
  return certs.some((cert) => cert?.kind === CERT_KIND.admit && equal(cert.deviceId, deviceId));
}

function certsIn([type, fields]: Control): readonly Uint8Array[] {
  switch (type) {
    case 'Genesis':
      return fields.owners.flat();
    case 'MemberAdmit':
      return fields.chain;
    case 'IdentityUpdate':
      return fields.certs;
    default:
      return [];
  }
}
