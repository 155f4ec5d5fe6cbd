/**
 * Where Cove looks for people when nobody said otherwise. Every row may be removed in the settings, and nothing here
 * is contacted by any test. Public brokers are best effort: they promise no service, may drop connections, and see
 * addresses, times and sizes (never names, keys or contents). Whoever wants better runs a stock mosquitto.
 */

export interface DefaultServer {
  readonly url: string;
  readonly reason: string;
}

export const DEFAULT_MEETING_POINTS: readonly DefaultServer[] = [
  {
    url: 'mqtts://broker.emqx.io:8883',
    reason: 'EMQ’s free public broker (emqx.com/en/mqtt/public-mqtt5-broker). Best effort.',
  },
  {
    url: 'mqtts://broker.hivemq.com:8883',
    reason:
      'HiveMQ’s (hivemq.com/mqtt/public-mqtt-broker): another company, so one outage does not take all. Best effort.',
  },
  {
    url: 'mqtts://test.mosquitto.org:8886',
    reason:
      'The Mosquitto project’s (test.mosquitto.org); 8886 has a certificate that systems trust, 8883 one of its own. Often busy. Best effort.',
  },
];

/** A STUN server tells a device its public address, so that two homes can connect directly. It learns that address, no more. */
export const DEFAULT_STUN_SERVERS: readonly DefaultServer[] = [
  { url: 'stun:stun.cloudflare.com:3478', reason: 'Anycast: the answer comes from near by.' },
  { url: 'stun:stun.l.google.com:19302', reason: 'A second operator, in case the first does not answer.' },
];
