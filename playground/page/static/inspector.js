// What goes between the workspace and the app, as it happens: deliveries with their acks, calls, views, problems.
import { make } from './make.js';
import { momentOf } from './times.js';

const KEPT = 300;
const entries = new Map();

/** Take in what is new; an entry that is known is replaced. */
export function addTraffic(traffic) {
  for (const entry of traffic.entries) entries.set(entry.id, { ...entry, isNew: true });
  while (entries.size > KEPT) entries.delete(entries.keys().next().value);
}

/** Forget everything, as when another stream begins. */
export function clearTraffic() {
  entries.clear();
}

/** Draw the inspector, the newest first; what is folded out stays so. */
export function renderInspector(element, screen) {
  const open = new Set([...element.querySelectorAll('details[open]')].map((each) => each.dataset.id));
  element.replaceChildren(
    make('p', {}, 'What Slack and the bot tell each other, as it happens. Slack gives an app three seconds to acknowledge: the bar shows how much of that was used. Tokens are not shown.'),
    make('h2', {}, 'What went wrong'),
    ...(screen.problems.length ? [...screen.problems].reverse().map((each) => problem(each, screen)) : [make('p', {}, 'Nothing so far.')]),
    make('h2', {}, 'On the screen'),
    ...[...screen.modals, ...(screen.home ? [screen.home] : [])].map((view) => folded(`view-${view.id}`, `${view.type} “${view.title ?? ''}”`, JSON.stringify(view, null, 2), open)),
    screen.modals.length || screen.home ? '' : make('p', {}, 'No window is open. Its JSON stands here when one is.'),
    make('h2', {}, 'Requests, the newest first'),
    ...[...entries.values()].reverse().map((entry) => entryElement(entry, open)),
  );
}

function problem(each, screen) {
  return make('p', { class: 'problem' }, `${momentOf(each.at, screen.person.tz)} ${each.kind}: ${each.text}`);
}

function folded(id, title, text, open) {
  return make('details', { class: 'entry', dataset: { id }, open: open.has(id) },
    make('summary', {}, make('span', { 'aria-hidden': 'true' }, '▣'), make('span', { class: 'name' }, title)),
    make('pre', { tabindex: '0' }, text));
}

function entryElement(entry, open) {
  const isOut = entry.direction === 'to the app';
  return make('details', { class: entry.ok && !entry.late ? 'entry' : 'entry bad', dataset: { id: entry.id }, open: open.has(entry.id) },
    make('summary', {},
      make('span', { title: entry.direction, 'aria-label': entry.direction }, isOut ? '→' : '←'),
      make('span', { class: 'name' }, entry.attempt ? `${entry.name} (try ${entry.attempt + 1})` : entry.name),
      isOut ? ack(entry) : make('span', {}, entry.ok ? 'ok' : entry.error ?? `HTTP ${entry.status}`)),
    make('pre', { tabindex: '0' }, entry.body, entry.answer ? `\n\n${isOut ? 'acknowledged with' : 'answered'}:\n${entry.answer}` : ''));
}

function ack(entry) {
  if (entry.outcome === 'pending') return make('span', {}, 'waits for the ack');
  if (entry.took_ms === null) return make('span', {}, words(entry.outcome));
  const share = Math.min(100, (100 * entry.took_ms) / entry.limit_ms);
  const bar = make('span', { class: entry.late ? 'limit late' : 'limit', 'aria-hidden': 'true' }, make('span'));
  bar.firstChild.style.width = `${share}%`;
  return make('span', {}, bar, ` ${entry.took_ms} ms${entry.late ? ', too late' : ''}`);
}

function words(outcome) {
  return { timeout: 'no ack in 3 s', no_connection: 'no connection', refused: 'refused' }[outcome] ?? outcome;
}
