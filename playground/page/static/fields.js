// Fields to type in: text, numbers, addresses, dates and times. The app hears of them when it asked to, else on submit.
import { draftOf, queue } from './drafts.js';
import { perform } from './elements.js';
import { make } from './make.js';
import { plainText } from './mrkdwn.js';
import { unixOf, wallClock } from './slack_date.js';

const PAUSE = 250;
const PAUSE_FOR_DATES = 700;
const STALE = 300;
const KINDS = {
  plain_text_input: { type: 'text', key: 'value' },
  rich_text_input: { type: 'text', key: 'rich_text_value' },
  number_input: { type: 'text', key: 'value', inputmode: 'decimal' },
  email_text_input: { type: 'text', key: 'value', inputmode: 'email' },
  url_text_input: { type: 'text', key: 'value', inputmode: 'url' },
  datepicker: { type: 'date', key: 'selected_date', isDate: true },
  timepicker: { type: 'time', key: 'selected_time', isDate: true },
  datetimepicker: { type: 'datetime-local', key: 'selected_date_time', isDate: true },
};

/** Tell whether this is a field to type in. */
export function isField(element) {
  return Object.hasOwn(KINDS, element.type);
}

/** Return a field; what somebody is typing in it stays as it is while the window is drawn anew. */
export function renderField(block, element, context, field) {
  const draft = draftOf(block, element, context, build);
  describe(draft, field);
  if (!draft.isDirty && !draft.isSending && performance.now() - draft.sentAt > STALE) show(draft);
  count(draft);
  return draft.node;
}

function describe(draft, field) {
  const { input, element } = draft;
  const placeholder = element.placeholder ? plainText(element.placeholder) : '';
  input.id = field.id ?? '';
  input.placeholder = placeholder;
  const notes = [field.id ? `${field.id}-count` : '', field.describedBy].filter(Boolean).join(' ');
  draft.count.id = field.id ? `${field.id}-count` : '';
  const marks = {
    'aria-label': field.id ? null : placeholder || element.action_id, 'aria-describedby': notes,
    'aria-required': field.isRequired, 'aria-invalid': field.isWrong, 'data-focus': element.focus_on_load ? 'true' : null,
  };
  for (const [name, value] of Object.entries(marks)) {
    if (value) input.setAttribute(name, value);
    else input.removeAttribute(name);
  }
}

function build(draft) {
  const { element } = draft;
  const kind = KINDS[element.type];
  const isLong = element.multiline || element.type === 'rich_text_input';
  const input = draft.input = make(isLong ? 'textarea' : 'input', {
    type: isLong ? null : kind.type, class: 'typed', rows: isLong ? 4 : null, inputmode: kind.inputmode, autocomplete: 'off', spellcheck: 'false',
    dataset: { blockId: draft.block.block_id, actionId: element.action_id },
  });
  draft.count = make('div', { class: 'count' });
  draft.sentAt = -STALE - 1;
  draft.send = () => send(draft, false);
  let timer = 0;
  const now = (enter) => {
    clearTimeout(timer);
    queue(draft, () => (draft.isDirty || enter) && send(draft, enter));
  };
  input.addEventListener('input', () => {
    draft.isDirty = true;
    count(draft);
    clearTimeout(timer);
    timer = setTimeout(now, kind.isDate ? PAUSE_FOR_DATES : PAUSE, false);
  });
  input.addEventListener('blur', () => now(false));
  input.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.ctrlKey || event.metaKey || isLong || event.isComposing) return;
    event.preventDefault();
    now(triggersOf(draft).includes('on_enter_pressed'));
  });
  return make('div', { class: kind.isDate ? 'typing dated' : 'typing' }, input, draft.count);
}

/** Return what Slack's client tells the app of while one types: nothing, unless the block asks for it. */
function triggersOf({ block, element }) {
  if (!block.dispatch_action || KINDS[element.type].isDate) return [];
  return element.dispatch_action_config?.trigger_actions_on ?? ['on_enter_pressed'];
}

async function send(draft, enter) {
  const { block, element, context, input } = draft;
  const wanted = told(input.value, draft);
  if (wanted === undefined) return;
  Object.assign(draft, { isDirty: false, isSending: true });
  const answer = KINDS[element.type].isDate
    ? await perform('select', block, element, context, { value: wanted }, { isTyping: true })
    : await context.act('fill', block, element, { value: wanted, enter });
  Object.assign(draft, { isSending: false, sentAt: performance.now() });
  if (answer.isCancelled) show(draft);
  else if (!answer.ok && answer.took_ms === undefined) draft.isDirty = true; // it never arrived: it is kept, and sent again
}

function show(draft) {
  const { block, element, context, input } = draft;
  const value = shown(context.values[block.block_id]?.[element.action_id]?.[KINDS[element.type].key], element, context);
  if (input.value !== value) input.value = value;
}

/** Say how much of the length is left when it gets short, and how the field is sent where it is by Enter. */
function count(draft) {
  const { element, input } = draft;
  const most = element.max_length;
  const left = most ? most - [...input.value].length : null;
  const isShort = left !== null && left <= Math.max(10, most * 0.2);
  draft.count.classList.toggle('over', left < 0);
  const words = left < 0 ? `${-left} too many: ${most} characters at most.` : isShort ? `${left} characters left.` : '';
  draft.count.textContent = words || (triggersOf(draft).includes('on_enter_pressed') && !element.multiline ? 'Press Enter to send.' : '');
}

/** Return a state's value as the field shows it. */
function shown(value, element, context) {
  if (value === undefined || value === null) return '';
  if (element.type === 'datetimepicker') return wallClock(value, context.tz);
  if (element.type === 'rich_text_input') return richText(value);
  return String(value);
}

function richText(value) {
  return value.elements.map((part) => part.elements.map((piece) => piece.text ?? '').join('')).join('\n');
}

/** Return what the field holds as the workspace's driver takes it; undefined for a year that is not typed to its end. */
function told(value, { element, context }) {
  if (value === '') return null;
  if (/^0\d{3}-/.test(value) && KINDS[element.type].isDate) return undefined;
  return element.type === 'datetimepicker' ? unixOf(value.slice(0, 16), context.tz) : value;
}
