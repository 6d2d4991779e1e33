/** Local times: a clock for the gutter, a full date for the tooltip, and the name of a day. */

const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const DAY_AND_YEAR = new Intl.DateTimeFormat(undefined, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});

/** `09:05`: 24 hours in every language, so that the gutter has one width. */
export function clock(at: number): string {
  const date = new Date(at);
  return `${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`;
}

export function dayName(at: number, now: number): string {
  const date = new Date(at);
  return (date.getFullYear() === new Date(now).getFullYear() ? DAY : DAY_AND_YEAR).format(date);
}

export function Time({ at, shown }: { readonly at: number; readonly shown?: string }) {
  const date = new Date(at);
  return (
    <time dateTime={date.toISOString()} title={fullTime(date)}>
      {shown ?? clock(at)}
    </time>
  );
}

/** Of the days that were asked for last: formatting a date is slow, and a room shows thousands. */
const days = new Map<string, string>();
const MAX_DAYS = 100;

function fullTime(date: Date): string {
  const key = date.toDateString();
  let day = days.get(key);
  if (day === undefined) {
    if (days.size >= MAX_DAYS) days.clear();
    day = DAY_AND_YEAR.format(date);
    days.set(key, day);
  }
  return `${day}, ${clock(date.getTime())}:${twoDigits(date.getSeconds())}`;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}
