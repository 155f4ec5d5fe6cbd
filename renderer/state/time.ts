/** Times as people say them. Pure: the present moment comes in as an argument. */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' });
const dayAndMonth = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const withYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const longDay = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const longDayWithYear = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' });

/** As far as another clock may be ahead without the time that it gave being shown. */
const AHEAD = 10 * MINUTE;

/** "now", "5 min", "14:05" (today), "Tue" (this week), "3 Mar", "3 Mar 2024". */
export function ago(then: number, now: number): string {
  const past = now - then;
  // A clock that is a little behind the other person's is no reason to show the future; one far ahead is no "now".
  if (past < MINUTE && past > -AHEAD) return 'now';
  if (past > 0 && past < HOUR) return `${Math.floor(past / MINUTE)} min`;
  const date = new Date(then);
  const today = new Date(now);
  if (date.toDateString() === today.toDateString()) return clock.format(date);
  if (past > 0 && past < 6 * DAY) return weekday.format(date);
  return (date.getFullYear() === today.getFullYear() ? dayAndMonth : withYear).format(date);
}

/** The same after "last seen" or "not since": "just now", "5 min ago". */
export function lately(then: number, now: number): string {
  const short = ago(then, now);
  if (short === 'now') return 'just now';
  return short.endsWith(' min') ? `${short} ago` : short;
}

/** "14:05". */
export const timeOfDay = (then: number): string => clock.format(then);

/** "Today", "Yesterday", "Tuesday 24 November", "Sunday 3 March 2024"; the words for the first two come in. */
export function dayOf(
  then: number,
  now: number,
  words: { readonly today: string; readonly yesterday: string },
): string {
  const [date, today] = [new Date(then), new Date(now)];
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  if (date.toDateString() === today.toDateString()) return words.today;
  if (date.toDateString() === yesterday.toDateString()) return words.yesterday;
  return (date.getFullYear() === today.getFullYear() ? longDay : longDayWithYear).format(date);
}

/** How long something is still good for: "in 5 minutes", "in 3 hours", "in 2 days"; null when it is over. */
export function remaining(until: number, now: number): string | null {
  const left = until - now;
  if (left <= 0) return null;
  if (left < HOUR) return plural(Math.max(1, Math.ceil(left / MINUTE)), 'minute');
  if (left < 2 * DAY) return plural(Math.round(left / HOUR), 'hour');
  return plural(Math.round(left / DAY), 'day');
}

function plural(count: number, unit: string): string {
  return `in ${count} ${unit}${count === 1 ? '' : 's'}`;
}
