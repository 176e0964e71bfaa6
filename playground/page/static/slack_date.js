// Slack's date tokens, in the zone of who reads, by the workspace's clock.
import { make } from './make.js';

const TOKEN = /^!date\^(-?\d+)\^([^|^]*)(?:\^([^|]*))?\|([\s\S]*)$/;

/** Return a date token as the reader's device shows it; a wrong one shows its fallback. */
export function slackDate(inside, context) {
  const match = TOKEN.exec(inside);
  if (!match) return `<${inside}>`;
  const [, unix, pattern, address, fallback] = match;
  const text = dateText(Number(unix), pattern, context, fallback);
  const time = make('time', { datetime: new Date(Number(unix) * 1000).toISOString() }, text);
  return address && /^https?:/i.test(address) ? make('a', { href: address, target: '_blank', rel: 'noopener noreferrer' }, time) : time;
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
  const part = (wanted) => new Intl.DateTimeFormat('en-US', { timeZone: context.tz, ...wanted }).format(new Date(unix * 1000));
  const day = Number(part({ day: 'numeric' }));
  const long = `${part({ month: 'long' })} ${day}${ending(day)}, ${part({ year: 'numeric' })}`;
  const fields = {
    date_num: () => new Intl.DateTimeFormat('en-CA', { timeZone: context.tz }).format(new Date(unix * 1000)),
    date: () => long,
    date_short: () => part({ month: 'short', day: 'numeric', year: 'numeric' }),
    date_long: () => `${part({ weekday: 'long' })}, ${long}`,
    date_slash: () => part({ month: '2-digit', day: '2-digit', year: 'numeric' }),
    time: () => part({ hour: 'numeric', minute: '2-digit' }),
    time_secs: () => part({ hour: 'numeric', minute: '2-digit', second: '2-digit' }),
    ago: () => ago(context.now - unix),
  };
  return fields[name]();
}

function dayNumber(unix, zone) {
  const [year, month, day] = new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(new Date(unix * 1000)).split('-').map(Number);
  return Date.UTC(year, month - 1, day) / 86_400_000;
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
