// What goes between the workspace and the app, as it happens: deliveries with their acks, calls, views, problems.
import { make } from './make.js';
import { momentOf, secondOf } from './times.js';

const KEPT = 400;
const LONG_RUN = 4;
const FILTERS = [['all', 'All'], ['to', 'To the app'], ['from', 'From the app'], ['bad', 'Failed']];
const entries = new Map();
let views = [];
let filter = 'all';
let drawn = '';

/** Take in what is new; an entry that is known is replaced. */
export function addTraffic(traffic) {
  for (const entry of traffic.entries) entries.set(entry.number, entry);
  while (entries.size > KEPT) entries.delete(Math.min(...entries.keys()));
  views = traffic.views;
}

/** Forget everything, as when another stream begins. */
export function clearTraffic() {
  entries.clear();
  views = [];
}

/** Draw the inspector, the newest first; what is folded out stays so, and the focus stays where it is. */
export function renderInspector(element, screen) {
  const open = new Set([...element.querySelectorAll('details[open]')].map((each) => each.dataset.id));
  const said = JSON.stringify([[...entries.values()].map((each) => [each.number, each.outcome, each.late]), views, screen.problems, filter]);
  if (said === drawn && element.childElementCount) return;
  drawn = said;
  const focused = element.contains(document.activeElement) ? document.activeElement.closest('[data-id]')?.dataset.id : null;
  const scrolled = element.scrollTop;
  element.replaceChildren(
    make('p', { class: 'lead' }, 'What Slack and the bot tell each other, as it happens. Slack gives an app three seconds to acknowledge what it is told: the bar shows how much of them was used. Tokens, one-time addresses and typed passwords are not shown.'),
    ...problems(screen), ...shownViews(open), ...requests(element, screen, open),
  );
  element.scrollTop = scrolled;
  if (focused) focusable(element, focused)?.focus({ preventScroll: true });
}

function focusable(element, id) {
  const held = element.querySelector(`[data-id="${CSS.escape(id)}"]`);
  return held?.querySelector('summary') ?? held;
}

function problems(screen) {
  if (!screen.problems.length) return [];
  return [
    make('h2', {}, 'What went wrong'),
    make('ul', { class: 'problems' }, [...screen.problems].reverse().map((each) => make('li', {},
      make('strong', {}, each.kind), make('time', {}, momentOf(each.at, screen.person.tz)), make('p', {}, each.text)))),
  ];
}

function shownViews(open) {
  if (!views.length) return [];
  return [make('h2', {}, 'On the screen'), ...views.map((view) => make('details', { class: 'entry', dataset: { id: `view-${view.id}` }, open: open.has(`view-${view.id}`) },
    make('summary', {}, make('span', { class: 'way', 'aria-hidden': 'true' }, '▣'), make('span', { class: 'name' }, view.title), make('span', { class: 'took' }, view.id)),
    make('pre', { tabindex: '0', 'aria-label': 'The view as JSON' }, readable(view.json))))];
}

function requests(element, screen, open) {
  const shown = [...entries.values()].sort((one, other) => other.number - one.number).filter(isWanted);
  return [
    make('h2', {}, 'Requests, the newest first'),
    make('div', { class: 'filters', role: 'group', 'aria-label': 'Which requests' }, FILTERS.map(([name, words]) => make('button', {
      type: 'button', dataset: { id: `filter-${name}` }, 'aria-pressed': String(name === filter), onclick: () => { filter = name; renderInspector(element, screen); },
    }, words))),
    shown.length ? '' : make('p', { class: 'none' }, 'None so far.'),
    ...runs(shown).map((run) => (run.length < LONG_RUN ? run.map((entry) => entryElement(entry, screen, open)) : runElement(run, screen, open))).flat(),
  ];
}

/** Return the requests in runs of calls that differ in their details only. */
function runs(shown) {
  const found = [];
  for (const entry of shown) {
    const [last] = found.at(-1) ?? [];
    const isSame = last && entry.kind === 'call' && last.name === entry.name && last.direction === entry.direction && last.ok && entry.ok;
    if (isSame) found.at(-1).push(entry);
    else found.push([entry]);
  }
  return found;
}

/** Draw many calls alike as one that folds out; its name is that of the oldest, which stays the same. */
function runElement(run, screen, open) {
  const id = `run-${run.at(-1).number}`;
  return make('details', { class: 'entry run', dataset: { id }, open: open.has(id) },
    make('summary', {}, make('span', { class: 'way in', title: run[0].direction, role: 'img', 'aria-label': run[0].direction }, '←'),
      make('span', { class: 'name' }, run[0].name, make('small', {}, ` ${run.length} times`)), make('span', { class: 'took' }, 'ok')),
    run.map((entry) => entryElement(entry, screen, open)));
}

function isWanted(entry) {
  if (filter === 'bad') return !entry.ok;
  return filter === 'all' || entry.direction.startsWith(filter);
}

function entryElement(entry, screen, open) {
  const isOut = entry.direction === 'to the app';
  const id = `request-${entry.number}`;
  return make('details', { class: entry.ok ? 'entry' : 'entry bad', dataset: { id, name: entry.name, outcome: entry.outcome }, open: open.has(id) },
    make('summary', {},
      make('span', { class: `way ${isOut ? 'out' : 'in'}`, title: entry.direction, role: 'img', 'aria-label': entry.direction }, isOut ? '→' : '←'),
      make('span', { class: 'name' }, entry.name, entry.attempt ? make('small', {}, ` try ${entry.attempt + 1}`) : '', whom(entry, screen)),
      isOut ? ack(entry) : make('span', { class: 'took' }, entry.ok ? 'ok' : entry.error ?? `HTTP ${entry.status}`)),
    make('p', { class: 'facts' }, facts(entry, screen)),
    make('pre', { tabindex: '0', 'aria-label': 'The request' }, readable(entry.body)),
    hasAnswer(entry) ? make('p', { class: 'facts' }, isOut ? 'Acknowledged with' : 'Answered') : '',
    hasAnswer(entry) ? make('pre', { tabindex: '0', 'aria-label': 'The answer' }, readable(entry.answer)) : '');
}

function whom(entry, screen) {
  const name = screen.names.users[entry.user];
  return name ? make('small', {}, ` ${name}`) : '';
}

function facts(entry, screen) {
  const parts = [`${entry.kind}, ${secondOf(entry.at, screen.person.tz)}`];
  if (entry.status) parts.push(`HTTP ${entry.status}`);
  if (entry.error) parts.push(entry.error);
  if (entry.took_ms !== null && entry.outcome === 'acked') parts.push(`acknowledged after ${entry.took_ms} ms of ${entry.limit_ms.toLocaleString('en')}`);
  return parts.join(' · ');
}

function hasAnswer(entry) {
  return entry.answer !== null && entry.answer !== '';
}

function ack(entry) {
  if (entry.outcome === 'pending') return make('span', { class: 'took pending' }, 'waits for the ack');
  if (entry.took_ms === null || !entry.ok) return make('span', { class: 'took' }, limit(entry, 100), words(entry));
  return make('span', { class: 'took' }, limit(entry, Math.min(100, (100 * entry.took_ms) / entry.limit_ms)), ` ${entry.took_ms} ms`);
}

function limit(entry, share) {
  const bar = make('span', { class: entry.ok ? 'limit' : 'limit late', role: 'img', 'aria-label': `of the ${entry.limit_ms / 1000} seconds` }, make('span'));
  bar.firstChild.style.width = `${share}%`;
  return bar;
}

function words(entry) {
  if (entry.late) return ` too late: ${entry.took_ms} ms`;
  return ` ${{ timeout: 'no ack in 3 s', no_connection: 'no connection', refused: 'refused' }[entry.outcome] ?? entry.outcome}`;
}

function readable(value) {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}
