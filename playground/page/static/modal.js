// The stack of windows: the one on top is drawn, the focus goes in and comes back, and a redrawing disturbs nobody.
import { renderBlocks } from './blocks.js';
import { flush, forgetOthers } from './drafts.js';
import { make } from './make.js';

const FOCUSABLE = 'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), [tabindex="0"]';
let before = null;
let shown = { id: null, said: '' };

/** Draw the top window of the stack, or none; `contextOf` gives what its blocks need and what its buttons do. */
export function showModals(stack, contextOf) {
  const place = document.getElementById('modals');
  forgetOthers(new Set(stack.map((view) => view.id)));
  const view = stack.at(-1);
  if (!view) {
    if (shown.id === null) return;
    place.replaceChildren();
    shown = { id: null, said: '' };
    giveFocusBack();
    return;
  }
  if (shown.id === null) before = document.activeElement;
  const said = JSON.stringify([view, stack.length]);
  if (shown.id === view.id && shown.said === said) return;
  const isNew = shown.id !== view.id;
  shown = { id: view.id, said };
  draw(place, view, stack, { ...contextOf(view), id: view.id }, isNew);
}

function giveFocusBack() {
  const back = before?.isConnected && !before.closest('[inert]') ? before : document.querySelector('#composer input');
  before = null;
  setTimeout(() => back?.focus(), 0);
}

function draw(place, view, stack, context, isNew) {
  const held = document.activeElement?.closest?.('.modal') ? describe(document.activeElement) : null;
  const scrolled = isNew ? 0 : place.querySelector('.modal-body')?.scrollTop ?? 0;
  const form = window_(view, stack, context);
  place.replaceChildren(make('div', { class: 'veil' }, form));
  const body = place.querySelector('.modal-body');
  body.scrollTop = scrolled;
  if (isNew || !held) first(form, view)?.focus();
  else (find(form, held) ?? first(form, view))?.focus({ preventScroll: true });
  const wrong = form.querySelector('.input.wrong');
  if (wrong && !form.contains(document.activeElement)) wrong.scrollIntoView({ block: 'nearest' });
}

function describe(element) {
  return { id: element.id, blockId: element.dataset.blockId, actionId: element.dataset.actionId, value: element.dataset.value, role: element.dataset.role };
}

function find(form, held) {
  if (held.role) return form.querySelector(`[data-role="${held.role}"]`);
  if (!held.blockId) return held.id ? document.getElementById(held.id) : null;
  const same = [...form.querySelectorAll('[data-block-id]')].filter((each) => each.dataset.blockId === held.blockId);
  return same.find((each) => each.dataset.actionId === held.actionId && each.dataset.value === held.value) ?? null;
}

/** Return what gets the focus at first: the first wrong field, the first field, or what closes the window. */
function first(form) {
  return form.querySelector('[aria-invalid="true"]')
    ?? form.querySelector('.modal-body input:not([type="hidden"]), .modal-body select, .modal-body textarea')
    ?? form.querySelector('.modal-body button') ?? form.querySelector('[data-role="submit"]') ?? form.querySelector('[data-role="close"]');
}

function window_(view, stack, context) {
  const submit = view.submit ? make('button', {
    type: 'submit', class: 'button primary', dataset: { role: 'submit' }, 'aria-busy': view.is_waiting ? 'true' : null,
  }, view.is_waiting ? `${view.submit} …` : view.submit) : '';
  const form = make('form', {
    class: 'modal', role: 'dialog', 'aria-modal': 'true', 'aria-labelledby': 'modal-title', novalidate: true, autocomplete: 'off',
    dataset: { view: view.id, callback: view.callback_id },
    onsubmit: (event) => { event.preventDefault(); send(form, view, context); },
    onkeydown: (event) => keys(event, form, view, context),
  },
  make('header', { class: 'modal-head' },
    stack.length > 1 ? make('span', { class: 'depth' }, `${stack.length} of 3`) : '',
    make('h2', { id: 'modal-title' }, view.title ?? ''),
    make('button', { type: 'button', class: 'modal-x', 'aria-label': 'Close the window', dataset: { role: 'dismiss' }, onclick: () => leave(context.dismiss) }, '✕')),
  view.banner ? make('p', { class: 'banner', role: 'alert' }, view.banner) : '',
  make('div', { class: 'modal-body' }, renderBlocks(view.blocks, context)),
  make('footer', { class: 'modal-foot' },
    make('button', { type: 'button', class: 'button', dataset: { role: 'close' }, onclick: () => leave(context.close) }, view.close ?? (stack.length > 1 ? 'Back' : 'Cancel')),
    submit));
  return form;
}

async function leave(how) {
  await flush();
  await how();
}

async function send(form, view, context) {
  const button = form.querySelector('[data-role="submit"]');
  if (!button || button.getAttribute('aria-busy') === 'true') return;
  button.setAttribute('aria-busy', 'true');
  button.textContent = `${view.submit} …`;
  await flush();
  await context.submit();
  button.removeAttribute('aria-busy');
  button.textContent = view.submit;
}

/** Escape closes, Tab stays inside, and Ctrl+Enter submits. */
function keys(event, form, view, context) {
  if (event.key === 'Escape') {
    event.preventDefault();
    leave(context.close);
  }
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && view.submit) {
    event.preventDefault();
    send(form, view, context);
  }
  if (event.key !== 'Tab') return;
  const inside = [...form.querySelectorAll(FOCUSABLE)].filter((each) => each.tabIndex >= 0 && each.offsetParent !== null);
  const edge = event.shiftKey ? inside[0] : inside.at(-1);
  if (document.activeElement !== edge && form.contains(document.activeElement)) return;
  event.preventDefault();
  (event.shiftKey ? inside.at(-1) : inside[0])?.focus();
}
