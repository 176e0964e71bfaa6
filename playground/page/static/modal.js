// The stack of windows: the one on top is drawn, the focus goes in and comes back, and a redrawing disturbs nobody.
import { patchBlocks } from './blocks.js';
import { flush, forgetOthers } from './drafts.js';
import { describe, find } from './focus.js';
import { make } from './make.js';
import { dayNumber } from './slack_date.js';

const FOCUSABLE = 'a[href], button:not(:disabled), input:not(:disabled), textarea:not(:disabled), [tabindex="0"]';
const FIELDS = '.modal-body :is(input, textarea, [role="combobox"]):not(:disabled)';
const covered = new Map();
let before = null;
let shown = null;

/** Draw the top window of the stack, or none; `contextOf` gives what its blocks need and what its buttons do. */
export function showModals(stack, contextOf) {
  const place = document.getElementById('modals');
  const ids = new Set(stack.map((view) => view.id));
  const view = stack.at(-1);
  if (!view) {
    if (shown) leaveAll(place);
  } else draw(place, view, stack, { ...contextOf(view), id: view.id }, ids);
  forgetOthers(ids);
  for (const id of covered.keys()) if (!ids.has(id)) covered.delete(id);
}

function leaveAll(place) {
  place.replaceChildren();
  shown = null;
  const held = before;
  before = null;
  setTimeout(() => (find(held) ?? document.querySelector('#composer input'))?.focus());
}

function draw(place, view, stack, context, ids) {
  const said = JSON.stringify([view, stack.length, dayNumber(context.now, context.tz)]);
  if (shown?.view.id === view.id && shown.said === said) return;
  const isNew = shown?.view.id !== view.id;
  if (!shown) before = describe(document.activeElement);
  else if (isNew && ids.has(shown.view.id)) covered.set(shown.view.id, describe(document.activeElement));
  const held = isNew ? covered.get(view.id) : describe(document.activeElement);
  const earlier = shown;
  shown = { view, context, stack, said, form: isNew ? frame(view) : earlier.form, isSending: !isNew && earlier.isSending, waits: !isNew && earlier.waits };
  fill(shown.form);
  if (isNew) place.replaceChildren(make('div', { class: 'veil' }, shown.form));
  settle(held, isNew, isNew ? {} : earlier.view.errors);
}

/** Give the focus to the first wrong field, and bring its error into view with it. */
function toTheWrongOne(form) {
  const field = form.querySelector(':is([aria-invalid="true"], [data-wrong] input)');
  field?.focus();
  field?.closest('.block')?.scrollIntoView({ block: 'center' });
}

/** Give the focus to who had it, to a field that is wrong since now, or to the first one. */
function settle(held, isNew, oldErrors) {
  const { form, view } = shown;
  const wrong = Object.keys(view.errors).some((id) => view.errors[id] !== oldErrors[id]);
  if (wrong) return toTheWrongOne(form);
  const isIn = form.contains(document.activeElement);
  if (isIn && !isNew && !(shown.waits && document.activeElement.dataset.role)) return undefined;
  const target = shown.waits ? first(form) : find(held, form) ?? first(form);
  shown.waits = !form.querySelector(FIELDS) && Boolean(target?.dataset.role);
  return target?.focus({ preventScroll: !isNew });
}

/** Return what gets the focus at first: the field the app wants, the first field, or what sends or closes the window. */
function first(form) {
  return form.querySelector('[data-focus="true"]') ?? form.querySelector(FIELDS) ?? form.querySelector('.modal-body button')
    ?? form.querySelector('[data-role="submit"]') ?? form.querySelector('[data-role="close"]');
}

function frame(view) {
  return make('form', {
    class: 'modal', role: 'dialog', 'aria-modal': 'true', 'aria-labelledby': 'modal-title', novalidate: true, autocomplete: 'off',
    dataset: { view: view.id }, onsubmit: (event) => { event.preventDefault(); send(); }, onkeydown: keys,
  }, make('header', { class: 'modal-head' }), make('div', { class: 'modal-banner' }), make('div', { class: 'modal-body' }), make('footer', { class: 'modal-foot' }));
}

/** Fill a window's frame: head, banner and foot are drawn anew, the blocks only where they changed. */
function fill(form) {
  const { view, context, stack } = shown;
  const [head, banner, body, foot] = form.children;
  form.dataset.callback = view.callback_id;
  form.dataset.depth = stack.length;
  const title = form.querySelector('#modal-title')?.textContent;
  head.replaceChildren(
    make('div', { class: 'modal-titles' },
      make('h2', { id: 'modal-title' }, view.title ?? ''),
      stack.length > 1 ? make('span', { class: 'depth' }, `over “${stack.at(-2).title}”`) : ''),
    make('span', { class: 'working', role: 'status' }, view.is_waiting ? 'Working …' : ''),
    make('button', { type: 'button', class: 'modal-x', 'aria-label': 'Close the window', dataset: { role: 'dismiss' }, onclick: () => leave('dismiss') }, '✕'));
  banner.replaceChildren(...(view.banner ? [make('p', { class: 'banner', role: 'alert' }, view.banner)] : []));
  patchBlocks(body, view.blocks, context);
  if (title !== undefined && title !== view.title) body.scrollTop = 0;
  foot.replaceChildren(
    make('button', { type: 'button', class: 'button', dataset: { role: 'close' }, onclick: () => leave('close') }, view.close ?? (stack.length > 1 ? 'Back' : 'Cancel')),
    ...(view.submit ? [make('button', { type: 'submit', class: 'button primary', dataset: { role: 'submit' } }, view.submit)] : []));
  markSending(form);
}

function markSending(form) {
  const button = form.querySelector('[data-role="submit"]');
  if (!button) return;
  button.classList.toggle('busy', shown.isSending);
  if (shown.isSending) button.setAttribute('aria-busy', 'true');
  else button.removeAttribute('aria-busy');
}

// Escape closes the window also when somebody has clicked beside it; what handles the key itself has done so before.
addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || event.defaultPrevented || !shown || shown.form.contains(event.target)) return;
  if (document.activeElement === document.body || document.activeElement.tagName === 'BUTTON') leave('close');
});

async function leave(how) {
  const { context } = shown;
  await flush();
  await context[how]();
}

/** Submit once: what is typed arrives first, and the button says that it is working. */
async function send() {
  const { view, context, form, isSending } = shown;
  if (!view.submit || isSending) return;
  shown.isSending = true;
  markSending(form);
  try {
    await flush();
    await context.submit();
  } finally {
    if (shown?.form === form) {
      shown.isSending = false;
      markSending(form);
    }
  }
}

/** Escape closes, Tab stays inside, Ctrl+Enter submits, and Enter in a box does nothing by accident. */
function keys(event) {
  const form = event.currentTarget;
  if (event.key === 'Escape') {
    event.preventDefault();
    leave('close');
  }
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    send();
  } else if (event.key === 'Enter' && event.target.tagName === 'INPUT') event.preventDefault();
  if (event.key !== 'Tab') return;
  const inside = [...form.querySelectorAll(FOCUSABLE)].filter((each) => each.tabIndex >= 0 && each.checkVisibility());
  const edge = event.shiftKey ? inside[0] : inside.at(-1);
  if (document.activeElement !== edge && form.contains(document.activeElement)) return;
  event.preventDefault();
  (event.shiftKey ? inside.at(-1) : inside[0])?.focus();
}
