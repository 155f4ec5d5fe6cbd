import { expect, test } from 'vitest';
import { bindingRequest, mappedIn } from './stun.ts';

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'));

/** RFC 5769 §2.2: the sample answer over IPv4, for 192.0.2.1 and port 32853. */
const TRANSACTION = bytes('b7e7a701 bc34d686 fa87dfae');
const ANSWER = bytes(`
  0101003c 2112a442 b7e7a701 bc34d686 fa87dfae
  8022000b 74657374 20766563 746f7220
  00200008 0001a147 e112a643
  00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7
  80280004 c07d4c96
`);

/** RFC 5769 §2.3: the one over IPv6. */
const ANSWER_BY_SIX = bytes(`
  01010048 2112a442 b7e7a701 bc34d686 fa87dfae
  8022000b 74657374 20766563 746f7220
  00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9
  00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41
  80280004 c8fb0b4c
`);

test('the address in an answer is the one that was seen', () => {
  expect(mappedIn(ANSWER, TRANSACTION)).toEqual({ ip: '192.0.2.1', port: 32853 });
  const six = { ip: '2001:db8:1234:5678:11:2233:4455:6677', port: 32853 };
  expect(mappedIn(ANSWER_BY_SIX, TRANSACTION)).toEqual(six);
  expect(bindingRequest(TRANSACTION)).toEqual(bytes('00010000 2112a442 b7e7a701 bc34d686 fa87dfae'));
});

test('what is no answer to this request names no address', () => {
  const altered = (at: number, value: number): Uint8Array => ANSWER.map((byte, i) => (i === at ? value : byte));
  const wrong = [
    ...[bytes(''), ANSWER.subarray(0, 19), ANSWER.subarray(0, 40), altered(0, 0), altered(4, 0), altered(8, 0)],
    // A longer attribute than there is, another family, an error.
    ...[altered(23, 0xff), altered(41, 2), altered(1, 0x11)],
  ];
  for (const [at, answer] of wrong.entries()) expect(mappedIn(answer, TRANSACTION), `${at}`).toBeUndefined();
});
