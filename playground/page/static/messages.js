// The list of messages of one conversation. A message that has not changed keeps its elements, and what has the focus.
import { renderBlocks } from './blocks.js';
import { make } from './make.js';
import { renderMrkdwn } from './mrkdwn.js';
import { dayOf, timeOf } from './times.js';

const drawn = new Map();

/** Draw the messages of a conversation; `contextOf` gives what blocks need to be drawn and used. */
export function renderMessages(element, conversation, screen, contextOf) {
  const wasAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 60;
  const isOther = element.dataset.conversation !== conversation.id || element.dataset.person !== screen.person.id;
  if (isOther) drawn.clear();
  Object.assign(element.dataset, { conversation: conversation.id, person: screen.person.id });
  const wanted = [];
  let day = '';
  for (const message of conversation.messages) {
    const today = dayOf(message.at, screen.person.tz);
    if (today !== day) wanted.push(divider(today));
    day = today;
    wanted.push(messageElement(message, screen, contextOf));
  }
  if (!wanted.length) wanted.push(nothing(conversation));
  patch(element, wanted);
  forget(conversation);
  if (isOther || wasAtEnd) element.scrollTop = element.scrollHeight;
}

function patch(element, wanted) {
  const kept = new Set(wanted);
  for (const child of [...element.children]) if (!kept.has(child)) child.remove();
  wanted.forEach((child, place) => {
    if (element.children[place] !== child) element.insertBefore(child, element.children[place] ?? null);
  });
}

function forget(conversation) {
  const there = new Set(conversation.messages.map((message) => message.ts));
  for (const ts of drawn.keys()) if (!ts.startsWith('day ') && !there.has(ts)) drawn.delete(ts);
}

function divider(day) {
  const known = drawn.get(`day ${day}`);
  if (known) return known.element;
  const element = make('div', { class: 'day', role: 'separator' }, day);
  drawn.set(`day ${day}`, { element });
  return element;
}

function nothing(conversation) {
  const where = conversation.kind === 'im' ? 'Here the app writes to you.' : `This is the beginning of #${conversation.name}.`;
  return make('p', { class: 'nothing' }, `${where} Type / below to see what it can do: for a start, `, make('code', {}, '/ai4os deploy'), '.');
}

function messageElement(message, screen, contextOf) {
  const said = JSON.stringify(message);
  const known = drawn.get(message.ts);
  if (known?.said === said) return known.element;
  const element = known?.element ?? make('article', { dataset: { ts: message.ts }, tabindex: '-1' });
  const focused = element.contains(document.activeElement) ? document.activeElement.dataset : null;
  element.className = message.is_ephemeral ? 'message ephemeral' : 'message';
  element.setAttribute('aria-label', `${message.author.name}, ${timeOf(message.at, screen.person.tz)}`);
  element.replaceChildren(head(message, screen), body(message, contextOf(message)));
  if (focused?.actionId) {
    element.querySelector(`[data-block-id="${CSS.escape(focused.blockId)}"][data-action-id="${CSS.escape(focused.actionId)}"]`)?.focus();
  }
  drawn.set(message.ts, { said, element });
  return element;
}

function head(message, screen) {
  return make('div', { class: 'head' },
    make('span', { class: 'author' }, message.author.name),
    message.author.is_app ? make('span', { class: 'app-mark' }, 'APP') : '',
    make('time', { datetime: new Date(message.at * 1000).toISOString() }, timeOf(message.at, screen.person.tz)),
    message.edited ? make('span', { class: 'mark' }, '(edited)') : '',
    message.is_ephemeral ? make('span', { class: 'only' }, 'Only visible to you') : '');
}

function body(message, context) {
  if (message.blocks.length) return renderBlocks(message.blocks, context);
  return make('p', { class: 'plain' }, renderMrkdwn(message.text, context));
}
