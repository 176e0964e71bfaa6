// The side bar: whom one may be, and that person's conversations.
import { make } from './make.js';
import { timeOf } from './times.js';

/** Draw the side bar; `chosen` is the open conversation, `unread` says how many new messages each has. */
export function renderSidebar(element, screen, { chosen, unread, now, bePerson, openConversation }) {
  const focused = document.activeElement?.dataset?.side;
  element.replaceChildren(
    make('h2', { id: 'side-people' }, 'You are'),
    make('ul', { 'aria-labelledby': 'side-people' }, screen.people.map((person) => make('li', {}, personButton(person, screen, now, bePerson)))),
    make('h2', { id: 'side-direct' }, 'Direct messages with the app'),
    make('ul', { 'aria-labelledby': 'side-direct' }, of(screen, ['im']).map((each) => item(each, chosen, unread, openConversation))),
    ...channels(screen, chosen, unread, openConversation),
  );
  if (focused) element.querySelector(`[data-side="${focused}"]`)?.focus();
}

function channels(screen, chosen, unread, openConversation) {
  const found = of(screen, ['public', 'private']);
  if (!found.length) return [];
  return [
    make('h2', { id: 'side-channels' }, 'Channels'),
    make('ul', { 'aria-labelledby': 'side-channels' }, found.map((each) => item(each, chosen, unread, openConversation))),
  ];
}

function of(screen, kinds) {
  return screen.conversations.filter((each) => kinds.includes(each.kind));
}

function personButton(person, screen, now, bePerson) {
  return make('button', {
    type: 'button',
    'aria-pressed': String(person.id === screen.person.id),
    dataset: { side: person.id, person: person.name },
    onclick: () => bePerson(person.id),
  }, person.real_name, make('small', {}, `${person.role}, ${zoneName(person.tz)} ${timeOf(now, person.tz)}`));
}

function zoneName(zone) {
  return zone.split('/').pop().replaceAll('_', ' ');
}

function item(conversation, chosen, unread, openConversation) {
  const count = unread(conversation);
  const name = conversation.kind === 'im' ? conversation.name : `# ${conversation.name}`;
  return make('li', {}, make('button', {
    type: 'button',
    'aria-current': String(conversation.id === chosen),
    class: count ? 'unread' : '',
    dataset: { side: conversation.id },
    onclick: () => openConversation(conversation.id),
  }, name, count ? make('span', { class: 'badge', 'aria-label': `${count} new` }, String(count)) : ''));
}
