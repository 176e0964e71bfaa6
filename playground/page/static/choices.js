// Radio buttons and checkboxes.
import { draftOf, queue } from './drafts.js';
import { perform } from './elements.js';
import { make } from './make.js';
import { renderText } from './mrkdwn.js';

/** Return a group of choices; each change is told at once, as Slack's client does. */
export function renderChoices(block, element, context, field) {
  const draft = draftOf(block, element, context, build);
  const said = JSON.stringify([element.options, field.id]);
  if (draft.said !== said) fill(draft, field);
  draft.said = said;
  const marks = {
    'aria-labelledby': field.id ? `${field.id}-label` : null, 'aria-label': field.id ? null : 'Choices', 'aria-describedby': field.describedBy,
    'aria-required': isRadio(element) ? field.isRequired : null, 'data-wrong': field.isWrong,
  };
  for (const [name, value] of Object.entries(marks)) {
    if (value) draft.node.setAttribute(name, value);
    else draft.node.removeAttribute(name);
  }
  if (!draft.waiting) show(draft);
  return draft.node;
}

function isRadio(element) {
  return element.type === 'radio_buttons';
}

function build(draft) {
  draft.waiting = 0;
  return make('div', { class: 'choices', role: isRadio(draft.element) ? 'radiogroup' : 'group' });
}

function fill(draft) {
  const { block, element, context } = draft;
  const name = `${context.id ?? ''}-${block.block_id}-${element.action_id}`;
  draft.node.replaceChildren(...element.options.map((option, number) => make('div', { class: 'choice' },
    make('input', {
      type: isRadio(element) ? 'radio' : 'checkbox', id: `${name}-${number}`, name, value: option.value,
      dataset: { blockId: block.block_id, actionId: element.action_id, value: option.value, focus: element.focus_on_load && !number ? 'true' : '' },
      onchange: () => queue(draft, () => change(draft)),
    }),
    make('label', { for: `${name}-${number}` }, renderText(option.text, context), option.description ? make('small', {}, renderText(option.description, context)) : ''))));
}

function show({ block, element, context, node }) {
  const state = context.values[block.block_id]?.[element.action_id] ?? {};
  const chosen = new Set([state.selected_option ?? state.selected_options ?? []].flat().map((option) => option.value));
  for (const input of node.querySelectorAll('input')) input.checked = chosen.has(input.value);
}

async function change(draft) {
  const { block, element, context, node } = draft;
  const values = [...node.querySelectorAll('input:checked')].map((input) => input.value);
  draft.waiting += 1;
  const answer = await perform('select', block, element, context, { value: isRadio(element) ? values[0] ?? null : values }, { isTyping: true });
  draft.waiting -= 1;
  if (answer.isCancelled || !answer.ok) show(draft);
}
