// Slack's date tokens, in the zone of who reads, by the workspace's clock; and a person's own date and time of the day.
import { make } from './make.js';

const TOKEN = /^!date\^(-?\d+)\^([^|^]*)(?:\^([^|]*))?\|([\s\S]*)$/;
const LAST = 8.64e12;

/** Return a date token as the reader's device shows it; a wrong one shows its fallback, or itself without one. */
export function slackDate(inside, context) {
  const match = TOKEN.exec(inside);
  if (!match) return `<${inside}>`;
  const [, unix, pattern, address, fallback] = match;
  if (Math.abs(Number(unix)) > LAST) return fallback;
  const text = dateText(Number(unix), pattern, context, fallback);
  const time = make('time', { datetime: new Date(Number(unix) * 1000).toISOString() }, text);
  return address && /^https?:/i.test(address) ? make('a', { href: address, target: '_blank', rel: 'noopener noreferrer' }, time) : time;
}

/** Return a moment as a date and time field shows it in a zone, such as 2026-03-23T09:05. */
export function wallClock(unix, zone) {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit',
  }).formatToParts(new Date(unix * 1000));
  const at = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  return `${at.year}-${at.month}-${at.day}T${at.hour}:${at.minute}`;
}

/** Return the moment at which clocks of a zone show this; an hour that is skipped becomes the one after it. */
export function unixOf(wall, zone) {
  const wanted = Date.parse(`${wall}:00Z`) / 1000;
  const offset = (unix) => Date.parse(`${wallClock(unix, zone)}:00Z`) / 1000 - unix;
  const first = wanted - offset(wanted);
  return wanted - offset(first);
}

function dateText(unix, pattern, context, fallback) {
  try {
    return pattern.replace(/\{(\w+)\}/g, (_whole, name) => field(name, unix, context));
  } catch {
    return fallback;
  }
}

function field(name, unix, context) {
  if (name.endsWith('_pretty')) {
    const near = { 0: 'today', 1: 'tomorrow', '-1': 'yesterday' }[dayNumber(unix, context.tz) - dayNumber(context.now, context.tz)];
    return near ?? field(name.slice(0, -'_pretty'.length), unix, context);
  }
  const part = (wanted) => new Intl.DateTimeFormat('en-US', { timeZone: context.tz, ...wanted }).format(new Date(unix * 1000)).replace('\u202f', ' ');
  const day = Number(part({ day: 'numeric' }));
  const long = `${part({ month: 'long' })} ${day}${ending(day)}, ${part({ year: 'numeric' })}`;
  switch (name) {
    case 'date_num': return wallClock(unix, context.tz).slice(0, 10);
    case 'date': return long;
    case 'date_short': return part({ month: 'short', day: 'numeric', year: 'numeric' });
    case 'date_long': return `${part({ weekday: 'long' })}, ${long}`;
    case 'date_slash': return part({ month: '2-digit', day: '2-digit', year: 'numeric' });
    case 'time': return part({ hour: 'numeric', minute: '2-digit' });
    case 'time_secs': return part({ hour: 'numeric', minute: '2-digit', second: '2-digit' });
    case 'ago': return ago(context.now - unix);
    default: throw new RangeError(name);
  }
}

/** Return the day's number since 1970 in a zone: what “today” and “tomorrow” are counted by. */
export function dayNumber(unix, zone) {
  return Date.parse(`${wallClock(unix, zone).slice(0, 10)}T00:00Z`) / 86_400_000;
}

function ending(day) {
  if (day > 10 && day < 14) return 'th';
  return { 1: 'st', 2: 'nd', 3: 'rd' }[day % 10] ?? 'th';
}

function ago(passed) {
  for (const [size, unit] of [[86_400, 'day'], [3_600, 'hour'], [60, 'minute'], [1, 'second']]) {
    const count = Math.floor(Math.abs(passed) / size);
    if (count) return passed > 0 ? `${count} ${unit}${count > 1 ? 's' : ''} ago` : `in ${count} ${unit}${count > 1 ? 's' : ''}`;
  }
  return 'just now';
}
