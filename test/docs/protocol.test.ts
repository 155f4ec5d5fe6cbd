/**
 * docs/protocol.md against the code, where a machine can: every label, frame, message and kind of entry is in it under
 * its number, every limit has the value that it has in the code, and what the sources call "protocol §6.2" is there.
 */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from 'cborg';
import { expect, test } from 'vitest';
import { ARCHIVE_HEADS, ARCHIVE_SECRETS } from '../../main/engine/archive/format.ts';
import { BLOB } from '../../main/engine/blob/limits.ts';
import { BUNDLE_HEADS, BUNDLE_MESSAGE, BUNDLE_WRAPS } from '../../main/engine/bundle/format.ts';
import { LABEL } from '../../main/engine/crypto/labels.ts';
import { MOST_OWNERS } from '../../main/engine/echo/control.ts';
import { HEADER_LIMIT } from '../../main/engine/echo/entry.ts';
import { ECHO } from '../../main/engine/echo/limits.ts';
import { CONTENT_LIMIT } from '../../main/engine/echo/padding.ts';
import { ROLES } from '../../main/engine/echo/replica.ts';
import { CERT_LIMITS } from '../../main/engine/halo/cert.ts';
import { GUARD_TURN_MS } from '../../main/engine/halo/guard.ts';
import { MAX_MESSAGE } from '../../main/engine/inbox.ts';
import { LIMITS } from '../../main/engine/invitation/limits.ts';
import { END_REASONS } from '../../main/engine/invitation/messages.ts';
import { MAX_BROKER_URL, MOST_NAMED } from '../../main/engine/meeting-address.ts';
import { BYE_CODES, decodeFrame } from '../../main/engine/mesh/frames.ts';
import { MESH } from '../../main/engine/mesh/limits.ts';
import { LINK } from '../../main/engine/mesh/link-kind.ts';
import { RELAY_BYTES } from '../../main/engine/mesh/relay-frames.ts';
import { LIMIT } from '../../main/engine/mesh/secure-channel.ts';
import { TAGS_PER_MESSAGE } from '../../native/lan/beacon.ts';
import { MDNS_PORT, TAGS_PER_RESPONSE } from '../../native/lan/mdns.ts';
import { LAN_PORT } from '../../native/lan/way.ts';
import { MEETING_POINT_LIMITS } from '../../native/mqtt/meeting-point.ts';
import { MAX_PACKET, MAX_PAYLOAD } from '../../native/mqtt/topics.ts';
import { MAX_CANDIDATES } from '../../native/webrtc/candidates.ts';
import { ROOT, readDocument } from './documents.ts';

const protocol = readDocument('docs/protocol.md');
const limits = readDocument('docs/protocol/limits.md');
const found = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, one]) => one as string);

/** What one list has and the other lacks. */
function differences(code: readonly string[], document: readonly string[]): string[] {
  const missing = code.filter((one) => !document.includes(one)).map((one) => `not in the document: ${one}`);
  const unknown = document.filter((one) => !code.includes(one)).map((one) => `not in the code: ${one}`);
  return [...new Set([...missing, ...unknown])];
}

/** A part of the document, from its heading to the next one of its level. */
function section(text: string, number: string): string {
  const level = '#'.repeat(number.includes('.') ? 3 : 2);
  const start = text.search(new RegExp(`^${level} ${number.replace('.', '\\.')}\\.? `, 'm'));
  if (start < 0) return '';
  const rest = text.slice(start);
  const end = rest.slice(level.length).search(new RegExp(`^#{2,${level.length}} `, 'm'));
  return end < 0 ? rest : rest.slice(0, end + level.length);
}

// ---------------------------------------------------------------- names and numbers

const labelFaults = (text: string): string[] =>
  differences(Object.values(LABEL), found(text, /[`"](cove\/1\/[a-z0-9/-]+|lan)[`"]/g));

test('every label of the code is in it, and no other', () => {
  expect(labelFaults(protocol)).toEqual([]);
  expect(labelFaults(protocol.replaceAll('cove/1/epoch/entry', 'cove/1/epoch/entries'))).toEqual([
    'not in the document: cove/1/epoch/entry',
    'not in the code: cove/1/epoch/entries',
  ]);
});

/** As the codec tells it: `0x10 have space`. */
function frames(): string[] {
  return Array.from({ length: 256 }, (_, id) => {
    let reason: string;
    try {
      if (decodeFrame(0, encode([id])) === null) return [];
      reason = 'taken';
    } catch (error) {
      reason = (error as Error).message;
    }
    const [, type, wrong] = /^(?:malformed )?([a-z-]+)( on the wrong channel)?$/.exec(reason) ?? [];
    return type === undefined ? [] : [`0x${id.toString(16).padStart(2, '0')} ${type} ${wrong ? 'space' : '0'}`];
  }).flat();
}
const frameFaults = (text: string): string[] => {
  const rows = section(text, '4.3').matchAll(/^\| (0x[0-9a-f]{2}) \| ([a-z-]+) +\| (\w+) /gm);
  return differences(
    frames(),
    [...rows].map(([, ...row]) => row.join(' ')),
  );
};

test('every frame of a session is in it, with its number and its channel', () => {
  expect(frames().length).toBeGreaterThan(20);
  expect(frameFaults(protocol)).toEqual([]);
  expect(frameFaults(protocol.replace('| 0x13 |', '| 0x14 |'))).toEqual([
    'not in the document: 0x13 applied space',
    'not in the code: 0x14 applied space',
  ]);
});

const controlFaults = (text: string): string[] =>
  differences(
    found(readDocument('main/engine/echo/control.ts'), /z\.literal\('([A-Z]\w+)'\)/g),
    found(section(text, '5.2'), /^\| ([A-Z][A-Za-z]+) +\| .* \| .* \|$/gm).filter((one) => one !== 'Type'),
  );

test('every kind of control entry is in it', () => {
  expect(controlFaults(protocol)).toEqual([]);
  expect(controlFaults(protocol.replace('| SpaceDelete ', '| SpaceClose '))).toEqual([
    'not in the document: SpaceDelete',
    'not in the code: SpaceClose',
  ]);
});

/** The keys of the table that numbers messages by their order. */
function numbered(path: string): string[] {
  const [, table = ''] = /^const FIELDS = \{\n([\s\S]*?)^\} as const;/m.exec(readDocument(path)) ?? [];
  return found(table, /^ {2}(\w+): /gm).map((name, i) => `${i + 1} ${name}`);
}
const messageFaults = (text: string): string[] => {
  const rows = found(section(text, '3.2'), /^(\|.*\|)$/gm).join('\n');
  return differences(
    [...numbered('main/engine/invitation/messages.ts'), ...numbered('main/engine/invitation/signals.ts')],
    found(rows, /(?:\| |or |← |→ |, )(\d+ [A-Za-z]+)(?= +\||,| \()/g),
  );
};

test('every message and signal of an invitation is in it, with its number', () => {
  expect(messageFaults(protocol)).toEqual([]);
  expect(messageFaults(protocol.replace('11 Bye', '15 Bye'))).toEqual([
    'not in the document: 11 Bye',
    'not in the code: 15 Bye',
  ]);
});

test('every reason, code and role is in it', () => {
  const words = [...END_REASONS, ...Object.keys(BYE_CODES)];
  const missing = (text: string): string[] => words.filter((word) => !text.includes(`\`${word}\``));
  expect(missing(protocol)).toEqual([]);
  expect(missing(protocol.replaceAll('`space-too-large`', 'too large'))).toEqual(['space-too-large']);
  expect(section(protocol, '5.2')).toContain(`The order is ${ROLES.join(' < ')}.`);
});

test('every file of frozen vectors is named where it belongs', () => {
  const files = globSync('*.json', { cwd: join(ROOT, 'test/vectors') }).filter((file) => !file.startsWith('labels'));
  const missing = (text: string): string[] => files.filter((file) => !text.includes(`\`${file}\``));
  expect(missing(protocol)).toEqual([]);
  expect(missing(protocol.replaceAll('`lan.json`', ''))).toEqual(['lan.json']);
});

// ---------------------------------------------------------------- limits

const TABLES: Readonly<Record<string, object>> = { ECHO, CERT_LIMITS, LIMITS, MESH, LIMIT, BLOB };
const CODE: Readonly<Record<string, unknown>> = {
  ...TABLES,
  ...{
    ARCHIVE_HEADS,
    ARCHIVE_SECRETS,
    BUNDLE_HEADS,
    BUNDLE_MESSAGE,
    BUNDLE_WRAPS,
    CONTENT_LIMIT,
    GUARD_TURN_MS,
    HEADER_LIMIT,
  },
  ...{ LAN_PORT, LINK, MAX_BROKER_URL, MAX_CANDIDATES, MAX_MESSAGE, MAX_PACKET, MAX_PAYLOAD, MDNS_PORT },
  ...{ MEETING_POINT_LIMITS, MOST_NAMED, MOST_OWNERS, RELAY_BYTES, TAGS_PER_MESSAGE, TAGS_PER_RESPONSE },
};
const UNITS: Readonly<Record<string, number>> = {
  ...{ '': 1, bytes: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 },
  ...{ ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 },
};

/** `ECHO.payload` → its value; undefined: there is none. */
function constant(path: string): unknown {
  const steps = path.split('.');
  return steps.reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], CODE);
}

/** Of the six tables of limits, all their constants. */
const constants = (): string[] => Object.entries(TABLES).flatMap(([name, table]) => pathsOf(name, table));
function pathsOf(name: string, value: unknown): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [name];
  return Object.entries(value).flatMap(([key, inner]) => pathsOf(`${name}.${key}`, inner));
}

function limitFaults(text: string): string[] {
  const rows = [...text.matchAll(/^\| `([\w.]+)` +\| +([\d,/ ]+?) +\| (\w*) +\|/gm)];
  const wrong = rows.flatMap(([, path = '', value = '', unit = '']) => {
    const numbers = value.split(' / ').map((one) => Number(one.replaceAll(',', '')) * (UNITS[unit] ?? NaN));
    const code = constant(path);
    return JSON.stringify(numbers) === JSON.stringify([code].flat())
      ? []
      : [`${path}: ${value} ${unit}, in the code ${String(code)}`];
  });
  const named = rows.map(([, path]) => path);
  return [
    ...wrong,
    ...constants()
      .filter((path) => !named.includes(path))
      .map((path) => `${path} is missing`),
  ];
}

test('every limit of the code is in it, with its value', () => {
  expect(limitFaults(limits)).toEqual([]);
  const planted = limits
    .replace(/(`ECHO\.payload` +\| +)256/, '$1257')
    .replace(/(`LIMITS\.life` .*)\| d /, '$1| h ')
    .replace('8,192 | bytes', '8,193 | bytes')
    .replace('MESH.sessions', 'MESH.session');
  expect(limitFaults(planted)).toEqual([
    'ECHO.payload: 257 KiB, in the code 262144',
    'LIMITS.life: 1 h, in the code 86400000',
    'MESH.session: 64 , in the code undefined',
    'MESH.signalSizes: 512 / 1,024 / 2,048 / 4,096 / 8,193 bytes, in the code 512,1024,2048,4096,8192',
    'MESH.sessions is missing',
  ]);
});

// ---------------------------------------------------------------- references

const SOURCES = [
  'main/**/*.ts',
  'native/**/*.ts',
  'preload/**/*.ts',
  'renderer/**/*.{ts,svelte}',
  'test/**/*.ts',
  'build/**/*.{ts,mjs}',
];
const PROSE = ['*.md', 'docs/decisions/*.md'];

/** Comments as running text. */
const running = (text: string): string => text.replace(/\n\s*(?:\*|\/\/)? ?/g, ' ');

/** Sections, rules and rows that a text names as the protocol's and the document does not have. */
function deadReferences(text: string, document: string): string[] {
  return [...running(text).matchAll(/\bprotocol(?:\.md)? \(?((?:[§D]\d[^()[\]\n]{0,40}?)(?=[):;\]]|\. |$))/gi)].flatMap(
    ([, named = '']) => {
      const dead: string[] = found(named, /\b(D\d+)\b/g);
      for (const [, number = '', to, after = ''] of named.matchAll(/§(\d+(?:\.\d+)?)(?:–(\d+(?:\.\d+)?))?([^§]*)/g)) {
        const parts = [number, ...(to === undefined ? [] : [to])];
        dead.push(...parts.filter((one) => section(document, one) === '').map((one) => `§${one}`));
        const rows = found(after, /\b([STRIN]\d+)\b/g);
        dead.push(
          ...rows
            .filter((row) => !new RegExp(`\\b${row}\\b`).test(section(document, number)))
            .map((row) => `§${number} ${row}`),
        );
      }
      return dead;
    },
  );
}

test('what the sources and decisions call a section of the protocol is there', () => {
  const files = globSync([...SOURCES, ...PROSE], { cwd: ROOT }).filter(
    (path) => !path.includes('node_modules') && path !== 'test/docs/protocol.test.ts',
  );
  const texts = files.map((path) => [path, readDocument(path)] as const);
  const references = texts.filter(([, text]) => /protocol(?:\.md)? \(?§/i.test(running(text)));
  expect(references.length).toBeGreaterThan(70);
  expect(texts.flatMap(([path, text]) => deadReferences(text, protocol).map((dead) => `${path}: ${dead}`))).toEqual([]);
});

test('a section, a rule and a row that are not there are found', () => {
  const planted =
    '/**\n * Nothing (protocol\n * §6.2, §6.99), protocol §9 S99; (protocol §6.5, R4), (protocol §10), (protocol D7), (protocol §6.1–6.42).\n */';
  expect(deadReferences(planted, protocol)).toEqual(['§6.99', '§9 S99', '§10', 'D7', '§6.42']);
});
