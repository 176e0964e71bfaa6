// The menu behind three dots.
import { openAddress, perform } from './elements.js';
import { make } from './make.js';
import { plainText } from './mrkdwn.js';

/** Return the button with its menu: arrows, Home, End, first letters; Escape and leaving close it. */
export function renderOverflow(block, element, context) {
  const items = element.options.map((option) => make('button', {
    type: 'button', role: 'menuitem', tabindex: '-1', onclick: () => choose(option),
  }, plainText(option.text), option.description ? make('small', {}, plainText(option.description)) : ''));
  const list = make('ul', { class: 'menu', role: 'menu', 'aria-label': 'More actions', hidden: true }, items.map((item) => make('li', { role: 'none' }, item)));
  const more = make('button', {
    type: 'button', class: 'button', 'aria-haspopup': 'menu', 'aria-expanded': 'false', 'aria-label': 'More actions',
    dataset: { blockId: block.block_id, actionId: element.action_id }, onclick: () => turn(list.hidden),
  }, '⋯');
  const turn = (isOpen) => {
    list.hidden = !isOpen;
    more.setAttribute('aria-expanded', String(isOpen));
    (isOpen ? items[0] : more).focus();
    if (isOpen) list.scrollIntoView({ block: 'nearest' });
  };
  const choose = (option) => {
    turn(false);
    perform('select', block, element, context, { value: option.value }, { before: () => openAddress(option.url) });
  };
  const keys = (event) => {
    if (list.hidden) {
      if (!['ArrowDown', 'ArrowUp'].includes(event.key)) return;
      turn(true);
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      turn(false);
    } else {
      const at = items.indexOf(document.activeElement);
      const steps = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 };
      const hit = event.key.length === 1 ? items.findIndex((item) => item.textContent.toLowerCase().startsWith(event.key.toLowerCase())) : -1;
      if (event.key in steps) items[(steps[event.key] + items.length) % items.length].focus();
      else if (hit >= 0 && event.key !== ' ') items[hit].focus();
      else return;
    }
    event.preventDefault();
  };
  return make('div', {
    class: 'overflow', onkeydown: keys, onfocusout: (event) => {
      if (list.hidden || event.currentTarget.contains(event.relatedTarget)) return;
      list.hidden = true;
      more.setAttribute('aria-expanded', 'false');
    },
  }, more, list);
}
