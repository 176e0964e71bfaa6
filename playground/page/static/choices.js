// Radio buttons and checkboxes.
import { perform } from './elements.js';
import { make } from './make.js';
import { renderText } from './mrkdwn.js';

/** Return a group of choices; each change is told at once, as Slack's client does. */
export function renderChoices(block, element, context, field) {
  const isRadio = element.type === 'radio_buttons';
  const state = context.values[block.block_id]?.[element.action_id] ?? {};
  const chosen = new Set((isRadio ? [state.selected_option] : state.selected_options ?? []).filter(Boolean).map((option) => option.value));
  const group = make('div', {
    class: 'choices', role: isRadio ? 'radiogroup' : 'group',
    'aria-labelledby': field.id ? `${field.id}-label` : null, 'aria-label': field.id ? null : element.action_id,
    'aria-describedby': field.describedBy,
  }, element.options.map((option, number) => {
    const id = `${context.id ?? ''}-${block.block_id}-${element.action_id}-${number}`;
    return make('div', { class: 'choice' },
      make('input', {
        type: isRadio ? 'radio' : 'checkbox', id, name: `${context.id ?? ''}-${block.block_id}-${element.action_id}`,
        value: option.value, checked: chosen.has(option.value),
        dataset: { blockId: block.block_id, actionId: element.action_id, value: option.value },
        onchange: () => change(group, block, element, context, isRadio),
      }),
      make('label', { for: id }, renderText(option.text, context), option.description ? make('small', {}, renderText(option.description, context)) : ''));
  }));
  return group;
}

function change(group, block, element, context, isRadio) {
  const values = [...group.querySelectorAll('input:checked')].map((input) => input.value);
  perform('select', block, element, context, { value: isRadio ? values[0] ?? null : values });
}
