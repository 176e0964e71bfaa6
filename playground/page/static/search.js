// A menu whose options the app gives while one types: a field with a list, by mouse and by keyboard.
import { draftOf, nameOf } from './drafts.js';
import { perform } from './elements.js';
import { make } from './make.js';
import { plainText } from './mrkdwn.js';

const PAUSE = 150;

/** Return a search field; what is chosen stands in it until another thing is. */
export function renderSearch(block, element, context, field) {
  const name = nameOf(block, element, context);
  const draft = draftOf(name, JSON.stringify([element.placeholder, element.min_query_length, field.id]), (made) => build(block, element, field, made));
  draft.context = context;
  const state = context.values[block.block_id]?.[element.action_id] ?? {};
  const isMany = element.type.startsWith('multi_');
  draft.chosen = isMany ? state.selected_options ?? [] : state.selected_option ? [state.selected_option] : [];
  draft.show();
  return draft.input;
}

function build(block, element, field, draft) {
  const least = element.min_query_length ?? 3;
  const isMany = element.type.startsWith('multi_');
  const id = `list-${field.id ?? element.action_id}`;
  let offered = [], at = -1, timer = 0, isTyping = false, asked = 0;
  const input = make('input', {
    type: 'text', id: field.id, class: 'typed', role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': id,
    'aria-describedby': field.describedBy, 'aria-label': field.id ? null : element.placeholder ? plainText(element.placeholder) : element.action_id,
    placeholder: element.placeholder ? plainText(element.placeholder) : 'Search …', autocomplete: 'off', spellcheck: 'false',
    dataset: { blockId: block.block_id, actionId: element.action_id },
  });
  const list = make('ul', { id, role: 'listbox', class: 'offered', 'aria-label': 'Results', hidden: true });
  const note = make('div', { class: 'search-note', role: 'status' });

  draft.show = () => {
    if (isTyping) return;
    input.value = draft.chosen.map((option) => plainText(option.text)).join(', ');
  };

  const open = (isOpen) => {
    list.hidden = !isOpen;
    input.setAttribute('aria-expanded', String(isOpen));
    if (!isOpen) { at = -1; input.removeAttribute('aria-activedescendant'); }
  };

  const mark = () => {
    [...list.children].forEach((item, number) => item.setAttribute('aria-selected', String(number === at)));
    if (at < 0) return;
    input.setAttribute('aria-activedescendant', `${id}-${at}`);
    list.children[at].scrollIntoView({ block: 'nearest' });
  };

  const look = async () => {
    const query = isTyping ? input.value.trim() : '';
    if (query.length < least) { open(false); note.textContent = `Type ${least === 1 ? 'a letter' : `${least} letters`} to search.`; return; }
    const turn = ++asked;
    note.textContent = 'Searching …';
    const answer = await draft.context.act('search', block, element, { query });
    if (turn !== asked || document.activeElement !== input) return;
    offered = answer.ok ? answer.options : [];
    at = offered.length && query ? 0 : -1;
    note.textContent = offered.length ? `${offered.length} found` : 'No results';
    list.replaceChildren(...offered.map((option, number) => make('li', {
      role: 'option', id: `${id}-${number}`, 'aria-selected': 'false', onmousedown: (event) => { event.preventDefault(); take(number); },
    }, plainText(option.text), option.description ? make('small', {}, plainText(option.description)) : '')));
    open(offered.length > 0);
    mark();
  };

  const take = async (number) => {
    const option = offered[number];
    if (!option) return;
    isTyping = false;
    draft.chosen = isMany ? [...draft.chosen, option] : [option];
    draft.show();
    open(false);
    note.textContent = '';
    asked += 1;
    await perform('select', block, element, draft.context, { value: isMany ? draft.chosen.map((each) => each.value) : option.value });
  };

  const leave = () => {
    clearTimeout(timer);
    isTyping = false;
    asked += 1;
    open(false);
    note.textContent = '';
    draft.show();
  };

  input.addEventListener('focus', () => input.select());
  input.addEventListener('mousedown', () => { if (list.hidden) look(); });
  input.addEventListener('input', () => {
    isTyping = true;
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
  });
  input.addEventListener('blur', leave);
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' && list.hidden) look();
    else if (event.key === 'ArrowDown') at = Math.min(at + 1, offered.length - 1);
    else if (event.key === 'ArrowUp' && !list.hidden) at = Math.max(at - 1, 0);
    else if (event.key === 'Home' && !list.hidden) at = 0;
    else if (event.key === 'End' && !list.hidden) at = offered.length - 1;
    else if (event.key === 'Enter') { if (!list.hidden && at >= 0) take(at); }
    else if (event.key === 'Escape' && !list.hidden) { event.stopPropagation(); leave(); }
    else return;
    event.preventDefault();
    if (!list.hidden) mark();
  });
  return make('div', { class: 'search' }, input, list, note);
}
