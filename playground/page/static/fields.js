// Fields to type in: text, numbers, addresses, dates and times. The app hears of them when it asked to, else on submit.
import { draftOf, nameOf } from './drafts.js';
import { make } from './make.js';
import { plainText } from './mrkdwn.js';

const PAUSE = 250;
const KINDS = {
  plain_text_input: { type: 'text', key: 'value' },
  rich_text_input: { type: 'text', key: 'rich_text_value' },
  number_input: { type: 'text', key: 'value', inputmode: 'decimal' },
  email_text_input: { type: 'text', key: 'value', inputmode: 'email' },
  url_text_input: { type: 'text', key: 'value', inputmode: 'url' },
  datepicker: { type: 'date', key: 'selected_date' },
  timepicker: { type: 'time', key: 'selected_time' },
  datetimepicker: { type: 'datetime-local', key: 'selected_date_time' },
};

/** Return a field; what somebody is typing in it stays as it is while the window is drawn anew. */
export function renderField(block, element, context, field) {
  const description = JSON.stringify([element, field.id]);
  const draft = draftOf(nameOf(block, element, context), description, (made) => build(block, element, context, field, made));
  draft.context = context;
  const { input } = draft;
  describe(input, field, context.errors[block.block_id]);
  const value = shown(context.values[block.block_id]?.[element.action_id]?.[KINDS[element.type].key], element);
  if (!draft.isDirty && input.value !== value) input.value = value;
  return element.max_length && element.multiline ? make('div', {}, input) : input;
}

function describe(input, field, error) {
  if (field.describedBy) input.setAttribute('aria-describedby', field.describedBy);
  if (error) input.setAttribute('aria-invalid', 'true');
  else input.removeAttribute('aria-invalid');
}

function build(block, element, context, field, draft) {
  const kind = KINDS[element.type];
  const isLong = element.multiline || element.type === 'rich_text_input';
  const input = make(isLong ? 'textarea' : 'input', {
    type: isLong ? null : kind.type, id: field.id, class: 'typed', rows: isLong ? 3 : null,
    inputmode: kind.inputmode, maxlength: element.max_length, autocomplete: 'off', spellcheck: 'false',
    'aria-label': field.id ? null : element.placeholder ? plainText(element.placeholder) : element.action_id,
    placeholder: element.placeholder ? plainText(element.placeholder) : null,
    dataset: { blockId: block.block_id, actionId: element.action_id },
  });
  const triggers = block.dispatch_action ? element.dispatch_action_config?.trigger_actions_on ?? ['on_enter_pressed'] : [];
  const sends = async (enter) => {
    const value = input.value;
    const answer = await draft.context.act('fill', block, element, { value: told(value, element), enter });
    if (input.value === value) draft.isDirty = false;
    return answer;
  };
  draft.send = () => (draft.isDirty ? sends(false) : undefined);
  let timer = 0;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => { draft.sending = draft.sending.then(draft.send); }, PAUSE);
  };
  input.addEventListener('input', () => {
    draft.isDirty = true;
    later();
  });
  input.addEventListener('blur', () => { if (draft.isDirty) draft.sending = draft.sending.then(draft.send); });
  input.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.ctrlKey || event.metaKey || isLong) return;
    event.preventDefault();
    clearTimeout(timer);
    if (triggers.includes('on_enter_pressed')) draft.sending = draft.sending.then(() => sends(true));
    else draft.sending = draft.sending.then(draft.send);
  });
  return input;
}

/** Return a state's value as the field shows it. */
function shown(value, element) {
  if (value === undefined || value === null) return '';
  if (element.type === 'datetimepicker') return new Date(value * 1000).toISOString().slice(0, 16);
  if (element.type === 'rich_text_input') return richText(value);
  return String(value);
}

function richText(value) {
  return value.elements.map((part) => part.elements.map((piece) => piece.text ?? '').join('')).join('\n');
}

/** Return what the field holds as the workspace's driver takes it. */
function told(value, element) {
  if (element.type === 'datetimepicker') return value ? Math.floor(Date.parse(`${value}:00Z`) / 1000) : null;
  return value === '' ? null : value;
}
