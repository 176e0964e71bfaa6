// Draws interactive elements: each by its type. Buttons and menus ask first where the app wants it.
import { renderChoices } from './choices.js';
import { ask } from './dialog.js';
import { flush } from './drafts.js';
import { isField, renderField } from './fields.js';
import { announce, make } from './make.js';
import { plainText } from './mrkdwn.js';
import { renderOverflow } from './overflow.js';
import { picture } from './pictures.js';
import { renderSelect } from './selects.js';
import { unknown } from './unknown.js';

const STYLES = new Set([undefined, 'primary', 'danger']);
const LONG = 400;
const working = new Map();

/** Return one element; `field` holds the id, the descriptions and the marks of an input block. */
export function renderElement(block, element, context, field = {}) {
  if (element.type === 'button' || element.type === 'workflow_button') return button(block, element, context);
  if (element.type === 'image') return picture(element, context, 'thumbnail');
  if (element.type === 'overflow') return renderOverflow(block, element, context);
  if (element.type === 'file_input') return fileField(field);
  if (isField(element)) return renderField(block, element, context, field);
  if (element.type === 'radio_buttons' || element.type === 'checkboxes') return renderChoices(block, element, context, field);
  if (/_select$/.test(element.type)) return renderSelect(block, element, context, field);
  return unknown('element', element.type);
}

/** Do something with an element: ask where it has a dialog, send what is typed elsewhere first, then tell the app. */
export async function perform(kind, block, element, context, payload, { isTyping = false, before = () => {} } = {}) {
  if (element.confirm && !(await ask(element.confirm, context))) return { ok: true, isCancelled: true };
  before();
  if (!isTyping) await flush();
  return context.act(kind, block, element, element.confirm ? { ...payload, confirm: true } : payload);
}

/** Open an address of the web beside the page; any other is not opened. */
export function openAddress(url) {
  if (url && /^https?:/i.test(url)) window.open(url, '_blank', 'noopener,noreferrer');
}

function button(block, element, context) {
  if (!STYLES.has(element.style)) return unknown('button style', element.style);
  const name = JSON.stringify([context.person, context.id, block.block_id, element.action_id]);
  const made = make('button', {
    type: 'button', class: `button ${element.style ?? ''}`.trim(), 'aria-label': element.accessibility_label ?? null,
    title: element.accessibility_label ?? null, dataset: { blockId: block.block_id, actionId: element.action_id },
    onclick: () => { if (!working.has(name)) press(name, made, block, element, context); },
  }, plainText(element.text));
  if (working.has(name)) working.get(name).push(made);
  mark(made, working.has(name));
  return made;
}

/** Show that a button is working for as long as its click is not acknowledged; it may be drawn anew meanwhile. */
async function press(name, made, block, element, context) {
  working.set(name, [made]);
  let timer = 0;
  const begin = () => {
    openAddress(element.url);
    mark(made, true);
    timer = setTimeout(announce, LONG, `${made.getAttribute('aria-label') ?? made.textContent}: working …`);
  };
  try {
    await perform('click', block, element, context, {}, { before: begin });
  } finally {
    clearTimeout(timer);
    for (const each of working.get(name)) mark(each, false);
    working.delete(name);
  }
}

function mark(made, isBusy) {
  made.classList.toggle('busy', isBusy);
  if (isBusy) made.setAttribute('aria-busy', 'true');
  else made.removeAttribute('aria-busy');
}

function fileField(field) {
  return make('div', {}, make('input', { type: 'file', id: field.id, disabled: true, 'aria-describedby': field.describedBy }),
    make('div', { class: 'note' }, 'Nobody can give a file in this workspace.'));
}
