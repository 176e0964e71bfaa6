// The buttons that play the world, as the panel names them.
import { make } from './make.js';

const IN_THE_LIST = new Set(['train', 'rest']);

/** Make the buttons; `chosen` is what was chosen in their fields before, `told` what was said last. */
export function worldElement(buttons, post, chosen, told) {
  const status = make('p', { class: 'told', role: 'status' }, told);
  const shown = buttons.filter((button) => !IN_THE_LIST.has(button.do));  // each deployment has its own
  return make('section', { class: 'world', 'aria-label': 'Play the world' }, make('h3', {}, 'Play the world'),
    shown.map((button) => row(button, post, chosen, status)), status);
}

function row(button, post, chosen, status) {
  const element = make('div', { class: 'world-row' });
  const press = async () => {
    const wanted = Object.fromEntries([...element.querySelectorAll('select')].map((each) => [each.name, each.value]));
    const answer = await post('world', { ...wanted, do: button.do });
    const place = document.querySelector('#cluster .told') ?? status;  // the panel may have been drawn anew meanwhile
    place.textContent = answer.ok ? answer.told : answer.error;
  };
  element.append(
    make('button', { type: 'button', title: button.hint, dataset: { world: button.do }, onclick: press }, button.label),
    ...button.fields.map((field) => choice(button, field, chosen)),
    ...(button.hint ? [make('small', {}, button.hint)] : []));
  return element;
}

function choice(button, field, chosen) {
  const name = `${button.do}/${field.name}`;
  const select = make('select', { name: field.name, 'aria-label': `${button.label}: ${field.label}`, dataset: { world: name } },
    field.options.map((option) => make('option', { value: option.value }, option.label)));
  if (field.options.some((option) => option.value === chosen[name])) select.value = chosen[name];
  return select;
}
