// Menus: short ones are the browser's own, those that the app searches are a field with a list below it.
import { perform } from './elements.js';
import { make } from './make.js';
import { plainText } from './mrkdwn.js';
import { renderSearch } from './search.js';
import { unknown } from './unknown.js';

const KEYS = {
  static_select: 'selected_option', users_select: 'selected_user', channels_select: 'selected_channel',
  conversations_select: 'selected_conversation', multi_static_select: 'selected_options', multi_users_select: 'selected_users',
  multi_channels_select: 'selected_channels', multi_conversations_select: 'selected_conversations',
};

/** Return a menu of any kind. */
export function renderSelect(block, element, context, field) {
  if (element.type.endsWith('external_select')) return renderSearch(block, element, context, field);
  const key = KEYS[element.type];
  if (!key) return unknown('menu', element.type);
  const state = context.values[block.block_id]?.[element.action_id]?.[key];
  const isMany = element.type.startsWith('multi_');
  const chosen = new Set((isMany ? state ?? [] : [state]).filter(Boolean).map(valueOf));
  const placeholder = element.placeholder ? plainText(element.placeholder) : 'Choose …';
  const select = make('select', {
    id: field.id, class: 'menu-field', multiple: isMany, 'aria-label': field.id ? null : placeholder, 'aria-describedby': field.describedBy,
    'aria-invalid': context.errors[block.block_id] ? 'true' : null,
    dataset: { blockId: block.block_id, actionId: element.action_id },
    onchange: () => change(select, block, element, context, isMany),
  }, isMany || chosen.size ? '' : make('option', { value: '', disabled: true, selected: true }, placeholder), options(element, context, chosen));
  return select;
}

function valueOf(choice) {
  return typeof choice === 'string' ? choice : choice.value;
}

async function change(select, block, element, context, isMany) {
  const before = select.dataset.before ?? '';
  const values = [...select.selectedOptions].map((option) => option.value);
  const answer = await perform('select', block, element, context, { value: isMany ? values : values[0] });
  if (answer.isCancelled || !answer.ok) select.value = before;
  else select.dataset.before = select.value;
}

function options(element, context, chosen) {
  const one = (option) => make('option', { value: option.value, selected: chosen.has(option.value) }, plainText(option.text));
  if (element.option_groups) return element.option_groups.map((group) => make('optgroup', { label: plainText(group.label) }, group.options.map(one)));
  if (element.options) return element.options.map(one);
  const known = { ...(element.type.includes('users') ? context.names.users : context.names.channels) };
  return Object.entries(known).map(([id, name]) => make('option', { value: id, selected: chosen.has(id) }, name));
}
