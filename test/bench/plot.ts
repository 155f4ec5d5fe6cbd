/** The table as a picture: each row's ratio on a scale of powers of ten, with its goal. Without scripts, in both themes. */
import type { Missing, Result } from './measured.ts';
import { text } from './baseline.ts';

const WIDTH = 960;
const ROW = 26;
const TOP = 44;
/** Where the scale begins; names stand before it. */
const LEFT = 470;
const RIGHT = 90;

const STYLE = `text{font:13px system-ui,sans-serif;fill:#24292f}.soft{fill:#656d76}.line{stroke:#d0d7de}.met{fill:#1a7f37}.missed{fill:#bc4c00}.none{fill:#57606a}.goal{stroke:#24292f;stroke-width:2}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.soft{fill:#8d96a0}.line{stroke:#30363d}.met{fill:#3fb950}.missed{fill:#db6d28}.none{fill:#8b949e}.goal{stroke:#e6edf3}}`;

interface Bar {
  readonly name: string;
  readonly ratio: number;
  readonly goal: number | undefined;
  readonly met: boolean | undefined;
  readonly faster: boolean;
}

export function plot(results: readonly (Result | Missing)[]): string {
  const bars = results.flatMap((result): Bar[] => {
    if ('missing' in result || result.ratio === undefined) return [];
    const { name, ratio, met, faster } = result;
    const times = /([\d.]+)×/.exec(result.goal ?? '')?.[1]; // a goal in milliseconds has no place among ratios
    const goal = times === undefined ? undefined : Number(times);
    return [{ name, ratio, goal, met, faster: faster === true }];
  });
  const all = bars.flatMap(({ ratio, goal }) => (goal === undefined ? [ratio] : [ratio, goal]));
  const least = Math.floor(Math.log10(Math.min(1, ...all)));
  const most = Math.max(least + 1, Math.ceil(Math.log10(Math.max(1, ...all))));
  const x = (value: number): number => LEFT + ((Math.log10(value) - least) / (most - least)) * (WIDTH - LEFT - RIGHT);
  const height = TOP + bars.length * ROW + 12;
  const ticks = Array.from({ length: most - least + 1 }, (_, index) => 10 ** (least + index));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Ratios of Cove to their floors">`,
    `<style>${STYLE}</style>`,
    `<text class="soft" x="12" y="20">Cove by its floor, on a scale of powers of ten; the stroke is the goal</text>`,
    ...ticks.map(
      (tick) =>
        `<line class="line" x1="${px(x(tick))}" x2="${px(x(tick))}" y1="${TOP - 6}" y2="${height - 8}"/>` +
        `<text class="soft" text-anchor="middle" x="${px(x(tick))}" y="${TOP - 10}">${tick}×</text>`,
    ),
    ...bars.map((bar, index) => row(bar, TOP + index * ROW, x)),
    '</svg>\n',
  ].join('\n');
}

function row({ name, ratio, goal, met, faster }: Bar, y: number, x: (value: number) => number): string {
  const [from, to] = [Math.min(x(1), x(ratio)), Math.max(x(1), x(ratio))];
  const state = met === undefined ? 'none' : met ? 'met' : 'missed';
  const beside = Math.max(to, goal === undefined ? 0 : x(goal)) + 6;
  return (
    `<text x="12" y="${y + 17}">${escaped(short(name))}</text>` +
    `<rect class="${state}" x="${px(from)}" y="${y + 6}" width="${px(Math.max(1, to - from))}" height="14" rx="2"/>` +
    (goal === undefined
      ? ''
      : `<line class="goal" x1="${px(x(goal))}" x2="${px(x(goal))}" y1="${y + 3}" y2="${y + 23}"/>`) +
    `<text class="soft" x="${px(beside)}" y="${y + 17}">${text(ratio)}${faster ? ' faster' : ''}</text>`
  );
}

/** About as much as there is room for; what it is compared with stands at its end. */
const short = (name: string): string => (name.length <= 66 ? name : `${name.slice(0, 34)} … ${name.slice(-28)}`);
const px = (value: number): string => value.toFixed(1);
const escaped = (name: string): string =>
  name.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? sign);
