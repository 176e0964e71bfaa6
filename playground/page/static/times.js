// Moments in a person's own zone, by the workspace's clock.

/** Return a moment's time of the day, such as 9:05. */
export function timeOf(at, zone) {
  return format(at, zone, { hour: '2-digit', minute: '2-digit' });
}

/** Return a moment's day, such as Monday 23 March. */
export function dayOf(at, zone) {
  return format(at, zone, { weekday: 'long', day: 'numeric', month: 'long' });
}

/** Return a moment in full. */
export function momentOf(at, zone) {
  return format(at, zone, { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
}

/** Return a moment's time of the day to the second. */
export function secondOf(at, zone) {
  return format(at, zone, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

function format(at, zone, wanted) {
  return new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', ...wanted }).format(new Date(at * 1000));
}
