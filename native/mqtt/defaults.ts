/**
 * The default servers, as data: a reason per row. All of them are run by others for everybody, best effort, and
 * may vanish: whoever wants better names an own one in the settings. They see addresses, times and sizes; signals
 * are sealed. Nothing of this is contacted while Cove is bound to the loopback.
 */
export interface DefaultServer {
  readonly url: string;
  readonly reason: string;
}

/** MQTT brokers over TLS that accept anonymous clients. */
export const DEFAULT_MEETING_POINTS: readonly DefaultServer[] = [
  { url: 'mqtts://broker.emqx.io:8883', reason: 'Public broker of the EMQX project; best effort, several regions.' },
  { url: 'mqtts://broker.hivemq.com:8883', reason: 'Public broker of HiveMQ; best effort.' },
  {
    url: 'mqtts://test.mosquitto.org:8886',
    reason:
      'Public test broker of the mosquitto project, with a certificate that systems know; best effort, often busy.',
  },
];

/** STUN: a device asks one of them which address the internet sees it under. */
export const DEFAULT_ICE_SERVERS: readonly DefaultServer[] = [
  { url: 'stun:stun.cloudflare.com:3478', reason: 'Anycast, answers near everywhere.' },
  { url: 'stun:stun.nextcloud.com:443', reason: 'Another operator; on a port that few firewalls close.' },
];
