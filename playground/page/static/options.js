// What a menu offers, and what of it is chosen: the same for options of the app's, for people and for channels.
import { plainText } from './mrkdwn.js';

const PLURALS = { option: 'selected_options', user: 'selected_users', conversation: 'selected_conversations', channel: 'selected_channels' };

/** Tell whether several can be chosen. */
export function isMany(element) {
  return element.type.startsWith('multi_');
}

/** Return an option of the app's as lists show it. */
export function shown(option) {
  return { value: option.value, label: plainText(option.text), note: option.description ? plainText(option.description) : '' };
}

/** Return groups of options as lists show them. */
export function grouped(groups) {
  return groups.map((group) => ({ label: plainText(group.label), options: group.options.map(shown) }));
}

/** Return what a menu offers by itself, in groups. */
export function offeredBy(element, context) {
  if (element.option_groups) return grouped(element.option_groups);
  if (element.options) return [{ label: '', options: element.options.map(shown) }];
  const { users, channels } = context.names;
  return [{ label: '', options: Object.entries(thing(element) === 'user' ? users : channels).map(([value, label]) => ({ value, label, note: '' })) }];
}

/** Return what is chosen in a menu, as a list. */
export function chosenIn(block, element, context) {
  const what = thing(element);
  const state = context.values[block.block_id]?.[element.action_id]?.[isMany(element) ? PLURALS[what] : `selected_${what}`];
  const chosen = [state ?? []].flat();
  if (what === 'option') return chosen.map(shown);
  const names = { ...context.names.users, ...context.names.channels };
  return chosen.map((value) => ({ value, label: Object.hasOwn(names, value) ? names[value] : value, note: '' }));
}

function thing(element) {
  if (element.type.endsWith('users_select')) return 'user';
  if (element.type.endsWith('conversations_select')) return 'conversation';
  return element.type.endsWith('channels_select') ? 'channel' : 'option';
}
