/** Times as people read them, in the server's time zone. */

/** `2026-11-29` */
export function localDate(at: number): string {
  const time = new Date(at);
  return [time.getFullYear(), time.getMonth() + 1, time.getDate()].map(twoDigits).join('-');
}

/** `2026-11-29 15:13` */
export function localDateAndMinute(at: number): string {
  return `${localDate(at)} ${localMinute(at)}`;
}

/** `15:13`. Keeps the result for the last minute: most messages of a turn have the same time. */
export function localMinute(at: number): string {
  const minute = Math.floor(at / 60_000);
  if (minute !== lastMinute) {
    lastMinute = minute;
    const time = new Date(at);
    shownMinute = `${twoDigits(time.getHours())}:${twoDigits(time.getMinutes())}`;
  }
  return shownMinute;
}

/** `15:13:02` */
export function localSecond(at: number): string {
  return `${localMinute(at)}:${twoDigits(new Date(at).getSeconds())}`;
}

let lastMinute = Number.NaN;
let shownMinute = '';

function twoDigits(part: number): string {
  return String(part).padStart(2, '0');
}
