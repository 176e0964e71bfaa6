// A field with a list: the app's own search while one types, and every menu in which several can be chosen.
import { draftOf } from './drafts.js';
import { perform } from './elements.js';
import { listbox } from './listbox.js';
import { make } from './make.js';
import { plainText } from './mrkdwn.js';
import { chosenIn, grouped, isMany, offeredBy, shown } from './options.js';

const PAUSE = 150;
const LEAST = 3;

/** Return a search field; what is chosen stands in it, or before it where it can be several, until another thing is. */
export function renderSearch(block, element, context, field) {
  const draft = draftOf(block, element, context, build);
  draft.chosen = chosenIn(block, element, context);
  draft.describe(field);
  draft.show();
  return draft.node;
}

function build(draft) {
  const many = isMany(draft.element);
  const isAsked = draft.element.type.endsWith('external_select');
  const id = `list-${draft.context.id ?? ''}-${draft.block.block_id}-${draft.element.action_id}`;
  let timer = 0, isTyping = false, asked = 0;
  const list = listbox({ id, label: 'Results', isMany: many, take: (option) => take(option) });
  const chips = make('span', { class: 'chips' });
  const note = make('div', { class: 'search-note', role: 'status' });
  const input = make('input', {
    type: 'text', class: 'typed', role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': id,
    autocomplete: 'off', spellcheck: 'false', dataset: { blockId: draft.block.block_id, actionId: draft.element.action_id },
  });
  list.field = input;

  draft.describe = (field) => {
    const placeholder = draft.element.placeholder ? plainText(draft.element.placeholder) : isAsked ? 'Search …' : 'Choose …';
    input.id = field.id ?? '';
    input.placeholder = placeholder;
    const marks = { 'aria-label': field.id ? null : placeholder, 'aria-describedby': field.describedBy, 'aria-required': field.isRequired, 'aria-invalid': field.isWrong, 'data-focus': draft.element.focus_on_load ? 'true' : null };
    for (const [name, value] of Object.entries(marks)) {
      if (value) input.setAttribute(name, value);
      else input.removeAttribute(name);
    }
  };

  draft.show = () => {
    if (many) chips.replaceChildren(...draft.chosen.map(chip));
    if (!isTyping) input.value = many ? '' : draft.chosen.map((option) => option.label).join(', ');
  };

  const chip = (option) => make('button', {
    type: 'button', class: 'chip', 'aria-label': `Remove ${option.label}`, onclick: () => { input.focus(); choose(draft.chosen.filter((each) => each.value !== option.value)); },
  }, option.label, make('span', { 'aria-hidden': 'true' }, ' ✕'));

  const found = async (query) => {
    if (isAsked) {
      const answer = await draft.context.act('search', draft.block, draft.element, { query });
      if (!answer.ok) return [];
      return answer.groups?.length ? grouped(answer.groups) : [{ label: '', options: (answer.options ?? []).map(shown) }];
    }
    const fits = (option) => option.label.toLowerCase().includes(query.toLowerCase());
    return offeredBy(draft.element, draft.context).map((group) => ({ ...group, options: group.options.filter(fits) })).filter((group) => group.options.length);
  };

  const look = async () => {
    const query = isTyping ? input.value.trim() : '';
    const least = isAsked ? draft.element.min_query_length ?? LEAST : 0;
    const turn = ++asked;
    if ([...query].length < least) {
      list.close();
      note.textContent = `Type ${least === 1 ? 'a letter' : `${least} letters`} to search.`;
      return;
    }
    if (isAsked) note.textContent = 'Searching …';
    const groups = await found(query);
    if (turn !== asked || document.activeElement !== input) return;
    list.fill(groups, new Set(draft.chosen.map((option) => option.value)));
    note.textContent = list.size ? `${list.size} found` : 'No results';
    if (!list.size) return list.close();
    list.open();
    list.mark(query ? 0 : -1);
  };

  const take = (option) => {
    const isThere = draft.chosen.some((each) => each.value === option.value);
    leave();
    if (!many) return choose([option]);
    return choose(isThere ? draft.chosen.filter((each) => each.value !== option.value) : [...draft.chosen, option]);
  };

  const choose = async (options) => {
    const most = draft.element.max_selected_items;
    if (many && most && options.length > most) {
      note.textContent = `No more than ${most} can be chosen.`;
      return;
    }
    const before = draft.chosen;
    draft.chosen = options;
    draft.show();
    const values = options.map((each) => each.value);
    const answer = await perform('select', draft.block, draft.element, draft.context, { value: many ? values : values[0] });
    if (!answer.isCancelled && answer.ok) return;
    draft.chosen = before;
    draft.show();
  };

  const leave = () => {
    clearTimeout(timer);
    isTyping = false;
    asked += 1;
    list.close();
    note.textContent = '';
    draft.show();
  };

  input.addEventListener('focus', () => { if (!isTyping) input.select(); });
  input.addEventListener('mousedown', () => { if (!list.isOpen) setTimeout(look); });
  input.addEventListener('input', () => {
    isTyping = true;
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
  });
  input.addEventListener('blur', () => setTimeout(() => { if (document.activeElement !== input) leave(); }));
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' && !list.isOpen) look();
    else if (event.key === 'Escape' && (list.isOpen || isTyping)) {
      event.stopPropagation();
      leave();
    } else if (event.key === 'Backspace' && many && !input.value && draft.chosen.length) choose(draft.chosen.slice(0, -1));
    else if (event.key === 'Enter' && !list.isOpen) { /* nothing is sent by it */ }
    else if (['Home', 'End'].includes(event.key) && isTyping) return;
    else if (!list.isOpen || !list.press(event.key)) return;
    event.preventDefault();
  });
  return make('div', { class: many ? 'search many' : 'search' }, chips, input, list.element, note);
}
