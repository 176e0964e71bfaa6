// A list of options below a field, with groups: by mouse, arrows, Home, End and Enter. The field keeps the focus.
import { make } from './make.js';

const LONGEST = 280;
const MARGIN = 8;

/** Put an open list below its field, or above where there is more room; a window's edge does not cut it. */
function place(element, field) {
  const box = field.getBoundingClientRect();
  const below = innerHeight - box.bottom - MARGIN;
  const isBelow = below >= Math.min(LONGEST, element.scrollHeight) || below >= box.top;
  element.style.maxHeight = `${Math.min(LONGEST, isBelow ? below : box.top - MARGIN)}px`;
  element.style.width = `${Math.max(box.width, 220)}px`;
  element.style.left = `${Math.min(box.left, innerWidth - Math.max(box.width, 220) - MARGIN)}px`;
  element.style.top = isBelow ? `${box.bottom + 2}px` : '';
  element.style.bottom = isBelow ? '' : `${innerHeight - box.top + 2}px`;
}

/** Make a closed list; `take` gets the option that is chosen. `field` is what has the focus while it is open. */
export function listbox({ id, label, isMany, take }) {
  let options = [], at = -1;
  const element = make('div', {
    id, role: 'listbox', class: 'offered', 'aria-label': label, 'aria-multiselectable': isMany ? 'true' : null, hidden: true,
    onmousedown: (event) => event.preventDefault(),
  });
  const follow = (event) => {
    if (!list.field.isConnected) list.close();
    else if (event?.target !== element) place(element, list.field);
  };
  const items = () => [...element.querySelectorAll('[role="option"]')];
  const list = {
    element, field: null,
    get isOpen() { return !element.hidden; },
    get size() { return options.length; },

    /** Show these groups of options; `chosen` holds the values that are chosen already. */
    fill(groups, chosen) {
      options = groups.flatMap((group) => group.options);
      at = -1;
      let number = 0;
      element.replaceChildren(...groups.map((group, place) => {
        const drawn = group.options.map((option) => item(option, number++, chosen.has(option.value)));
        if (!group.label) return drawn;
        const name = `${id}-group-${place}`;
        return make('div', { role: 'group', 'aria-labelledby': name }, make('div', { class: 'group-label', id: name }, group.label), drawn);
      }).flat());
    },

    open() {
      element.hidden = false;
      follow();
      addEventListener('scroll', follow, true);
      addEventListener('resize', follow);
      list.field.setAttribute('aria-expanded', 'true');
    },

    close() {
      element.hidden = true;
      removeEventListener('scroll', follow, true);
      removeEventListener('resize', follow);
      list.field.setAttribute('aria-expanded', 'false');
      list.field.removeAttribute('aria-activedescendant');
      at = -1;
    },

    /** Mark the option that Enter would take. */
    mark(number) {
      at = Math.max(-1, Math.min(number, options.length - 1));
      items().forEach((each, place) => each.classList.toggle('marked', place === at));
      if (at < 0) return list.field.removeAttribute('aria-activedescendant');
      list.field.setAttribute('aria-activedescendant', `${id}-${at}`);
      return items()[at].scrollIntoView({ block: 'nearest' });
    },

    /** Mark the next option after the marked one that begins with these letters. */
    seek(letters) {
      const from = letters.length > 1 ? at : at + 1;
      const order = options.map((_option, place) => (place + Math.max(from, 0)) % options.length);
      const hit = order.find((place) => options[place].label.toLowerCase().startsWith(letters.toLowerCase()));
      if (hit !== undefined) list.mark(hit);
    },

    /** Move or take by a key; tell whether it was one of this list's. */
    press(key) {
      const steps = { ArrowDown: at + 1, ArrowUp: Math.max(at - 1, 0), Home: 0, End: options.length - 1, PageDown: at + 8, PageUp: Math.max(at - 8, 0) };
      if (key in steps) list.mark(steps[key]);
      else if (key === 'Enter' && at >= 0) take(options[at]);
      else return false;
      return true;
    },
  };

  function item(option, number, isChosen) {
    return make('div', {
      role: 'option', id: `${id}-${number}`, 'aria-selected': String(isChosen), dataset: { option: option.value }, onclick: () => take(option),
      onmousemove: () => { if (at !== number) list.mark(number); },
    }, option.label, option.note ? make('small', {}, option.note) : '');
  }
  return list;
}
