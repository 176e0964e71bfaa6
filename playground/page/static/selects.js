// Menus: a button that opens a list. Those in which one searches, or chooses several, are a field with a list.
import { draftOf } from './drafts.js';
import { perform } from './elements.js';
import { listbox } from './listbox.js';
import { make } from './make.js';
import { plainText } from './mrkdwn.js';
import { chosenIn, offeredBy } from './options.js';
import { renderSearch } from './search.js';
import { unknown } from './unknown.js';

const SINGLE = new Set(['static_select', 'users_select', 'channels_select', 'conversations_select']);
const SEARCHED = new Set([...SINGLE].map((kind) => `multi_${kind}`).concat('external_select', 'multi_external_select'));
const PAUSE = 700;

/** Return a menu of any kind. */
export function renderSelect(block, element, context, field) {
  if (SEARCHED.has(element.type)) return renderSearch(block, element, context, field);
  if (!SINGLE.has(element.type)) return unknown('menu', element.type);
  const draft = draftOf(block, element, context, build);
  draft.show(field);
  return draft.node;
}

function build(draft) {
  let letters = '', timer = 0;
  const id = `list-${draft.context.id ?? ''}-${draft.block.block_id}-${draft.element.action_id}`;
  const list = listbox({ id, label: 'Options', take: (option) => choose(option) });
  const button = make('button', {
    type: 'button', class: 'menu-field', role: 'combobox', 'aria-haspopup': 'listbox', 'aria-expanded': 'false', 'aria-controls': id,
    dataset: { blockId: draft.block.block_id, actionId: draft.element.action_id },
    onclick: () => (list.isOpen ? list.close() : open()), onblur: () => list.close(), onkeydown: (event) => keys(event),
  });
  list.field = button;

  draft.show = (field) => {
    const { block, element, context } = draft;
    const placeholder = element.placeholder ? plainText(element.placeholder) : 'Choose …';
    const [chosen] = chosenIn(block, element, context);
    button.textContent = chosen?.label ?? placeholder;
    button.classList.toggle('empty', !chosen);
    button.id = field.id ?? '';
    if (!field.id) button.setAttribute('aria-label', chosen ? `${placeholder}: ${chosen.label}` : placeholder);
    for (const [name, value] of Object.entries({ 'aria-describedby': field.describedBy, 'aria-required': field.isRequired, 'aria-invalid': field.isWrong, 'data-focus': element.focus_on_load ? 'true' : null })) {
      if (value) button.setAttribute(name, value);
      else button.removeAttribute(name);
    }
    draft.field = field;
  };

  const open = () => {
    const groups = offeredBy(draft.element, draft.context);
    const chosen = new Set(chosenIn(draft.block, draft.element, draft.context).map((option) => option.value));
    list.fill(groups, chosen);
    list.open();
    list.mark(Math.max(0, groups.flatMap((group) => group.options).findIndex((option) => chosen.has(option.value))));
  };

  const choose = async (option) => {
    list.close();
    button.focus();
    button.textContent = option.label;
    button.classList.remove('empty');
    const answer = await perform('select', draft.block, draft.element, draft.context, { value: option.value });
    if (answer.isCancelled || !answer.ok) draft.show(draft.field);
  };

  const type = (letter) => {
    clearTimeout(timer);
    timer = setTimeout(() => { letters = ''; }, PAUSE);
    letters += letter;
    list.seek(letters);
  };

  const keys = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key === 'Tab') return;
    const isLetter = event.key.length === 1 && (event.key !== ' ' || letters);
    if (!list.isOpen && (isLetter || ['ArrowDown', 'ArrowUp', 'Enter', ' '].includes(event.key))) {
      open();
      if (isLetter) type(event.key);
    } else if (!list.isOpen) return;
    else if (event.key === 'Escape') {
      event.stopPropagation();
      list.close();
    } else if (isLetter) type(event.key);
    else if (!list.press(event.key === ' ' ? 'Enter' : event.key)) return;
    event.preventDefault();
  };
  return make('div', { class: 'select' }, button, list.element);
}
