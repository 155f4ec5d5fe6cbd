/** The page that tests and the gallery open: the whole interface on a host double, which stays reachable as `double`. */
import { HostDouble, BEN, MIRA } from './host-double.ts';

const double = new HostDouble();
const scene = new URLSearchParams(location.search).get('scene') ?? 'first-run';
const HOUR = 3_600_000;

const GARDEN = `A plan for the year, **roughly** in order. Ask _Mira_ about the greenhouse, and see the [almanac](https://example.org/almanac) for frost dates.

## This month
- [x] Order seeds from the exchange
- [ ] Turn the compost, twice
- [ ] Repair the gate
  - hinges are in the shed
  - ask Ben for the drill

> A garden is a grand teacher. It teaches patience and careful watchfulness.

| Bed | Crop | Sown |
| --- | :--- | ---: |
| North | **Broad beans** | 3 March |
| South | Carrots, \`Nantes\` | 12 April |

\`\`\`ts
// How much water the rain barrel still holds
export function litres(height: number, radius = 0.4): number {
  return Math.round(Math.PI * radius ** 2 * height * 1000);
}
\`\`\`

1. Measure the south bed
2. Draw it ~~by hand~~ on squared paper

![The plot from above](https://example.org/plot.jpg)

---
Nothing else until the ground is dry.`;

function furnish(): string {
  double.ready(scene !== 'main');
  const garden = double.addSpace('Garden');
  double.addSpace('Reading group');
  double.addSpace('Family', 'reader');
  const others: [string, string, number][] = [
    ['Seeds to swap', 'Runner beans, two kinds of kale, and the good tomatoes from last year.', 2],
    ['Greenhouse', 'Mira has measured it: 2.4 by 3 metres. Glass or polycarbonate?', 26],
    ['Compost', 'Too wet. More straw, and turn it when the weather allows.', 50],
    ['', 'Tools that need sharpening before spring', 120],
    ['Water', '', 24 * 40],
    ['Letters to the allotment office', 'Dear Ms Hall, thank you for your letter about the path.', 24 * 400],
  ];
  for (const [title, text, hours] of others) double.addNote(garden, title, text, Date.now() - hours * HOUR);
  const plan = double.addNote(garden, 'Garden plan', GARDEN);
  const space = double.spaces.get(garden);
  if (space !== undefined) {
    space.others.push(BEN, MIRA);
    space.sync = { state: 'synced', devices: 2, detour: null };
  }
  localStorage.setItem('cove.space', garden);
  localStorage.setItem(`cove.note.${garden}`, plan);
  double.note(garden, plan).cursors = [
    { ...BEN, deviceId: 'e'.repeat(64), anchor: 62, head: 62 },
    { ...MIRA, deviceId: 'f'.repeat(64), anchor: 88, head: 107 },
  ];
  return garden;
}

if (scene === 'failed') {
  double.status = {
    state: 'failed',
    can: ['retry', 'passphrase', 'quit'],
    error: {
      type: 'keychain-missing',
      message:
        'This system has no keychain that Cove can use. Install one (on Linux: gnome-keyring or KWallet), or choose a passphrase to protect your keys.',
      detail: {},
    },
  };
} else if (scene === 'no-spaces') double.ready();
else if (scene === 'no-notes') {
  double.ready(true);
  double.addSpace('Garden');
} else if (scene === 'many') {
  double.ready(true);
  const space = double.addSpace('Archive');
  for (let n = 0; n < 10_000; n++) double.addNote(space, `Note ${n}`, `Text of note ${n}`, Date.now() - n * HOUR);
} else if (scene !== 'first-run') furnish();

Object.assign(window, { cove: double, double });
await import('../../renderer/main.ts');
