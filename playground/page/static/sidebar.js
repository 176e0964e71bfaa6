// The side bar: whom one may be, and that person's conversations.
import { make } from './make.js';
import { timeOf } from './times.js';

const drawn = new Map();

/** Draw the side bar; `chosen` is the open conversation, `unread` says how many new messages each has. */
export function renderSidebar(screen, { chosen, unread, now, bePerson, openConversation }) {
  redraw('people', [screen.people, screen.person.id, screen.people.map((each) => timeOf(now, each.tz))], () => [
    make('h2', { id: 'side-people' }, 'You are'),
    make('ul', { 'aria-labelledby': 'side-people' }, screen.people.map((person) => make('li', {}, personButton(person, screen, now, bePerson)))),
  ]);
  const talks = screen.conversations.map((each) => [each.id, each.name, each.kind, unread(each), each.id === chosen]);
  redraw('talks', [talks, screen.person.id], () => [
    ...group(screen, 'direct', 'Direct messages', ['im'], chosen, unread, openConversation),
    ...group(screen, 'channels', 'Channels', ['public', 'private'], chosen, unread, openConversation),
  ]);
}

/** Draw a part anew if what it shows has changed; what has the focus keeps it. */
function redraw(id, shown, draw) {
  const said = JSON.stringify(shown);
  if (drawn.get(id) === said) return;
  drawn.set(id, said);
  const element = document.getElementById(id);
  const focused = element.contains(document.activeElement) ? document.activeElement.dataset.side : null;
  element.replaceChildren(...draw());
  if (focused) element.querySelector(`[data-side="${CSS.escape(focused)}"]`)?.focus();
}

function group(screen, name, title, kinds, chosen, unread, openConversation) {
  const found = screen.conversations.filter((each) => kinds.includes(each.kind));
  if (!found.length) return [];
  return [
    make('h2', { id: `side-${name}` }, title),
    make('ul', { 'aria-labelledby': `side-${name}` }, found.map((each) => make('li', {}, talkButton(each, chosen, unread(each), openConversation)))),
  ];
}

function personButton(person, screen, now, bePerson) {
  return make('button', {
    type: 'button',
    'aria-pressed': String(person.id === screen.person.id),
    dataset: { side: person.id, person: person.name },
    title: person.tz,
    onclick: () => bePerson(person.id),
  }, make('span', { class: `face tone-${toneOf(person.id)}`, 'aria-hidden': 'true' }, initials(person.real_name)),
  make('span', { class: 'who' }, make('span', {}, person.real_name),
    make('small', {}, person.role),
    make('small', {}, `${zoneName(person.tz)} ${timeOf(now, person.tz)}`)));
}

function talkButton(talk, chosen, count, openConversation) {
  const isDirect = talk.kind === 'im';
  return make('button', {
    type: 'button',
    'aria-current': String(talk.id === chosen),
    class: count ? 'unread' : '',
    dataset: { side: talk.id, conversation: talk.name },
    onclick: () => openConversation(talk.id),
  }, make('span', { class: 'sign', 'aria-hidden': 'true' }, isDirect ? '◆' : '#'),
  make('span', { class: 'talk-name' }, talk.name), isDirect ? make('span', { class: 'app-mark' }, 'APP') : '',
  talk.kind === 'private' ? make('small', {}, 'private') : '',
  count ? make('span', { class: 'badge', 'aria-label': `${count} new` }, String(count)) : '');
}

function zoneName(zone) {
  return zone.split('/').pop().replaceAll('_', ' ');
}

/** Return the letters that stand for a person. */
export function initials(name) {
  return name.split(/\s+/).map((word) => word[0] ?? '').join('').slice(0, 2).toUpperCase();
}

/** Return which of the six tones a person has. */
export function toneOf(id) {
  return [...id].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 6;
}
