// Draws interactive elements: each by its type. Buttons and menus ask first where the app wants it.
import { picture } from './blocks.js';
import { renderChoices } from './choices.js';
import { ask } from './dialog.js';
import { renderField } from './fields.js';
import { make } from './make.js';
import { plainText } from './mrkdwn.js';
import { renderSelect } from './selects.js';
import { unknown } from './unknown.js';

const FIELDS = new Set(['plain_text_input', 'number_input', 'email_text_input', 'url_text_input', 'datepicker', 'timepicker', 'datetimepicker', 'rich_text_input']);
const STYLES = new Set([undefined, 'primary', 'danger']);

/** Return one element; `field` holds the id, label and descriptions of an input block. */
export function renderElement(block, element, context, field = {}) {
  if (element.type === 'button') return button(block, element, context);
  if (element.type === 'image') return picture(element, context, 'thumbnail');
  if (element.type === 'overflow') return overflow(block, element, context);
  if (FIELDS.has(element.type)) return renderField(block, element, context, field);
  if (element.type === 'radio_buttons' || element.type === 'checkboxes') return renderChoices(block, element, context, field);
  if (element.type.endsWith('_select')) return renderSelect(block, element, context, field);
  return unknown('element', element.type);
}

/** Do something with an element, after its dialog where it has one; nothing is sent twice while it goes on. */
export async function perform(kind, block, element, context, payload) {
  if (element.confirm && !(await ask(element.confirm, context))) return { ok: true, isCancelled: true };
  return context.act(kind, block, element, element.confirm ? { ...payload, confirm: true } : payload);
}

function button(block, element, context) {
  if (!STYLES.has(element.style)) return unknown('button style', element.style);
  const classes = `button ${element.style ?? ''}`.trim();
  const text = plainText(element.text);
  const made = make('button', {
    type: 'button', class: classes, title: element.accessibility_label ?? null, 'aria-label': element.accessibility_label ?? null,
    dataset: { blockId: block.block_id, actionId: element.action_id },
    onclick: async () => {
      if (made.getAttribute('aria-busy') === 'true') return;
      if (element.url && /^https?:/i.test(element.url)) window.open(element.url, '_blank', 'noopener,noreferrer');
      await whileBusy(made, text, () => perform('click', block, element, context, {}));
    },
  }, text);
  return made;
}

/** Show that a button is working for as long as its click is not acknowledged. */
async function whileBusy(made, text, work) {
  made.setAttribute('aria-busy', 'true');
  made.classList.add('busy');
  try {
    await work();
  } finally {
    made.removeAttribute('aria-busy');
    made.classList.remove('busy');
    if (made.textContent !== text) made.textContent = text;
  }
}

function overflow(block, element, context) {
  const list = make('ul', { class: 'menu', role: 'menu', hidden: true }, element.options.map((option) => make('li', { role: 'none' }, make('button', {
    type: 'button', role: 'menuitem', onclick: () => { open(false); perform('select', block, element, context, { value: option.value }); },
  }, plainText(option.text)))));
  const more = make('button', {
    type: 'button', class: 'button', 'aria-haspopup': 'menu', 'aria-expanded': 'false', 'aria-label': 'More actions',
    dataset: { blockId: block.block_id, actionId: element.action_id }, onclick: () => open(list.hidden),
  }, '⋯');
  const open = (isOpen) => {
    list.hidden = !isOpen;
    more.setAttribute('aria-expanded', String(isOpen));
    if (isOpen) list.querySelector('button').focus();
    else more.focus();
  };
  return make('div', {
    class: 'overflow', onkeydown: (event) => {
      const items = [...list.querySelectorAll('button')];
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (list.hidden) return;
      if (event.key === 'Escape') { event.stopPropagation(); open(false); }
      if (step) { event.preventDefault(); items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus(); }
    },
  }, more, list);
}
