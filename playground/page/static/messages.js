// One conversation: its head, its messages, and the app's Home tab. What has not changed keeps its elements and the focus.
import { patchBlocks, renderBlocks } from './blocks.js';
import { make } from './make.js';
import { renderMrkdwn } from './mrkdwn.js';
import { initials, toneOf } from './sidebar.js';
import { dayOf, momentOf, timeOf } from './times.js';

const at = (id) => document.getElementById(id);
const drawn = new Map();
let drawnHome = '';
let stayAtEnd = true;

/** Draw the head: whose conversation it is, the app's tabs where it has a Home tab, and whether the app is there. */
export function renderHead(talk, screen, tab, openTab) {
  const isDirect = talk.kind === 'im';
  at('title').textContent = isDirect ? talk.name : `# ${talk.name}`;
  const isThere = screen.sockets > 0;
  at('connection').textContent = isThere ? '' : 'The bot is not connected: it hears nothing.';
  const hasTabs = isDirect && screen.has_home;
  at('tabs').hidden = !hasTabs;
  if (!hasTabs || at('tabs').dataset.tab === tab) return;
  at('tabs').dataset.tab = tab;
  at('tabs').replaceChildren(...['home', 'messages'].map((name) => make('button', {
    type: 'button', role: 'tab', id: `app-tab-${name}`, 'aria-controls': name, 'aria-selected': String(name === tab),
    tabindex: name === tab ? '0' : '-1', onclick: () => openTab(name),
    onkeydown: (event) => { if (/^Arrow(Left|Right)$/.test(event.key)) openTab(name === 'home' ? 'messages' : 'home'); },
  }, name === 'home' ? 'Home' : 'Messages')));
}

/** Draw the app's Home tab. */
export function renderHome(element, home, contextOf) {
  const said = JSON.stringify(home);
  if (said === drawnHome && element.childElementCount) return;
  drawnHome = said;
  const focused = focusIn(element);
  if (home) patchBlocks(element, home.blocks, contextOf(home));
  else element.replaceChildren(make('p', { class: 'nothing' }, 'The app has nothing here yet.'));
  giveFocus(element, focused);
}

/** Draw the messages of a conversation; `contextOf` gives what blocks need. Dates say “today”: a new day redraws. */
export function renderMessages(element, talk, screen, now, contextOf) {
  const isOther = element.dataset.conversation !== talk.id || element.dataset.person !== screen.person.id;
  if (isOther) drawn.clear();
  Object.assign(element.dataset, { conversation: talk.id, person: screen.person.id });
  const wanted = listed(talk, screen, now, contextOf);
  patch(element, wanted.length ? wanted : [nothing(talk, screen)]);
  forget(talk);
  if (isOther) stayAtEnd = true;
  if (stayAtEnd) toEnd(element);
}

/** Keep the newest message in sight, also while pictures arrive, until somebody scrolls up. */
export function prepareMessages(element) {
  element.addEventListener('scroll', () => { stayAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 60; });
  element.addEventListener('load', () => { if (stayAtEnd) toEnd(element); }, true);
  new ResizeObserver(() => { if (stayAtEnd) toEnd(element); }).observe(element);
}

/** Show the newest message, as when somebody has sent something. */
export function showNewest(element) {
  stayAtEnd = true;
  toEnd(element);
}

function toEnd(element) {
  element.scrollTop = element.scrollHeight;
}

function listed(talk, screen, now, contextOf) {
  const wanted = [];
  let day = '';
  for (const message of talk.messages) {
    const today = dayOf(message.at, screen.person.tz);
    if (today !== day) wanted.push(divider(today));
    day = today;
    wanted.push(messageElement(message, screen, now, contextOf));
  }
  return wanted;
}

function patch(element, wanted) {
  const kept = new Set(wanted);
  for (const child of [...element.children]) if (!kept.has(child)) child.remove();
  wanted.forEach((child, place) => {
    if (element.children[place] !== child) element.insertBefore(child, element.children[place] ?? null);
  });
}

function forget(talk) {
  const there = new Set(talk.messages.map((message) => message.ts));
  for (const ts of drawn.keys()) if (!ts.startsWith('day ') && !there.has(ts)) drawn.delete(ts);
}

function divider(day) {
  const known = drawn.get(`day ${day}`);
  if (known) return known.element;
  const element = make('div', { class: 'day', role: 'separator', 'aria-label': day }, make('span', {}, day));
  drawn.set(`day ${day}`, { element });
  return element;
}

function nothing(talk, screen) {
  if (talk.kind !== 'im') return make('p', { class: 'nothing' }, `This is the beginning of #${talk.name}.`);
  return make('div', { class: 'nothing' },
    make('h2', {}, `Hello ${screen.person.real_name}. Here the bot writes to you.`),
    make('p', {}, 'Type / below to see what it can do. To begin with: ', make('kbd', {}, '/ai4os deploy --gpu 1'), ', choose a module, press Next, then Deploy.'),
    make('p', {}, 'When it runs, leave its GPU alone and let two days pass with the clock above: the bot asks whether you still need it.'),
    make('p', {}, 'At the left you choose who you are; at the right are the cluster, a tour of six things to try, and what Slack and the bot tell each other.'));
}

function messageElement(message, screen, now, contextOf) {
  const said = JSON.stringify([message, dayOf(now, screen.person.tz)]);
  const known = drawn.get(message.ts);
  if (known?.said === said) return known.element;
  const element = known?.element ?? make('article', { dataset: { ts: message.ts } });
  const focused = focusIn(element);
  element.className = message.is_ephemeral ? 'message ephemeral' : 'message';
  element.setAttribute('aria-label', `${message.author.name}, ${timeOf(message.at, screen.person.tz)}`);
  element.replaceChildren(face(message), make('div', { class: 'said' }, head(message, screen), body(message, contextOf(message))));
  giveFocus(element, focused);
  drawn.set(message.ts, { said, element });
  return element;
}

function face(message) {
  if (message.author.is_app) return make('img', { class: 'face', src: '/static/icon.svg', alt: '' });
  return make('span', { class: `face tone-${toneOf(message.author.id)}`, 'aria-hidden': 'true' }, initials(message.author.name));
}

function head(message, screen) {
  return make('div', { class: 'head' },
    make('span', { class: 'author' }, message.author.name),
    message.author.is_app ? make('span', { class: 'app-mark' }, 'APP') : '',
    make('time', { datetime: new Date(message.at * 1000).toISOString(), title: momentOf(message.at, screen.person.tz) }, timeOf(message.at, screen.person.tz)),
    message.edited ? make('span', { class: 'mark' }, '(edited)') : '',
    message.thread ? make('span', { class: 'mark' }, 'in a thread') : '',
    message.is_ephemeral ? make('span', { class: 'only' }, '◔ Only visible to you') : '');
}

function body(message, context) {
  if (message.blocks.length) return renderBlocks(message.blocks, context);
  const shown = Object.values(context.files).map((file) => make('img', { class: 'large', src: file.url, alt: file.alt }));
  return make('div', {}, make('p', { class: 'plain' }, renderMrkdwn(message.text, context)), ...shown);
}

/** Return what says which element inside has the focus; null when none has. */
function focusIn(element) {
  const held = document.activeElement;
  return element.contains(held) && held.dataset.actionId ? { ...held.dataset } : null;
}

function giveFocus(element, focused) {
  if (!focused || element.contains(document.activeElement)) return;
  const wanted = `[data-block-id="${CSS.escape(focused.blockId)}"][data-action-id="${CSS.escape(focused.actionId)}"]`;
  const hits = [...element.querySelectorAll(wanted)];
  (hits.find((each) => each.dataset.value === focused.value) ?? hits[0])?.focus({ preventScroll: true });
}
