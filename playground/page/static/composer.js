// The line to write in: suggests the app's commands, remembers what was typed, and sends.
import { make } from './make.js';

const HISTORY = 50;

/** Build the composer once; `send` gets the whole line and returns whether it was taken. */
export function buildComposer(form, commands, send) {
  const history = [];
  let place = 0, offered = [], chosen = -1, isBusy = false;
  const input = make('input', {
    type: 'text', role: 'combobox', 'aria-label': 'Message or command', 'aria-expanded': 'false',
    'aria-controls': 'suggestions', 'aria-autocomplete': 'list', spellcheck: 'false',
    placeholder: 'Type / for a command', autocomplete: 'off',
  });
  const list = make('ul', { id: 'suggestions', role: 'listbox', 'aria-label': 'Commands', hidden: true });
  const button = make('button', { type: 'submit', class: 'send' }, 'Send');
  form.replaceChildren(make('label', {}, input), button, list);

  function show() {
    offered = suggestions(input.value, commands);
    chosen = -1;
    draw();
  }

  function draw() {
    list.replaceChildren(...offered.map((each, number) => make('li', {
      role: 'option', id: `suggestion-${number}`, 'aria-selected': String(number === chosen),
      onmousedown: (event) => { event.preventDefault(); take(number); },
    }, each.shown, make('span', { class: 'hint' }, each.hint))));
    list.hidden = !offered.length;
    input.setAttribute('aria-expanded', String(!list.hidden));
    if (chosen >= 0) {
      input.setAttribute('aria-activedescendant', `suggestion-${chosen}`);
      list.children[chosen].scrollIntoView({ block: 'nearest' });
    } else input.removeAttribute('aria-activedescendant');
  }

  function hide() {
    offered = [];
    chosen = -1;
    draw();
  }

  function take(number) {
    input.value = offered[number].line;
    input.focus();
    show();
  }

  function recall(step) {
    if (!history.length) return;
    place = Math.max(0, Math.min(history.length, place + step));
    input.value = history[place] ?? '';
    hide();
  }

  async function submit() {
    const line = input.value.trim();
    if (!line || isBusy) return;
    isBusy = true;
    button.textContent = 'Sending …';
    hide();
    const isTaken = await send(line);
    isBusy = false;
    button.textContent = 'Send';
    if (!isTaken) return;
    if (history.at(-1) !== line) history.push(line);
    if (history.length > HISTORY) history.shift();
    place = history.length;
    if (input.value.trim() === line) input.value = '';
  }

  input.addEventListener('input', show);
  input.addEventListener('blur', hide);
  input.addEventListener('keydown', (event) => {
    const isOpen = offered.length > 0;
    if (event.key === 'Escape' && isOpen) hide();
    else if (event.key === 'ArrowDown' && isOpen) chosen = (chosen + 1) % offered.length;
    else if (event.key === 'ArrowUp' && isOpen && chosen >= 0) chosen -= 1;
    else if (event.key === 'Tab' && isOpen && !event.shiftKey) take(Math.max(chosen, 0));
    else if (event.key === 'Enter' && isOpen && chosen >= 0) take(chosen);
    else if (event.key === 'ArrowUp' && !isOpen) recall(-1);
    else if (event.key === 'ArrowDown' && !isOpen) recall(1);
    else return;
    event.preventDefault();
    if (isOpen && offered.length) draw();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  return { input, focus: () => input.focus() };
}

/** Return what may come next on a line: commands at first, then the words of the command. */
function suggestions(line, commands) {
  if (!line.startsWith('/')) return [];
  const [word, ...rest] = line.split(' ');
  if (!rest.length) {
    return commands.filter((each) => each.command.startsWith(word)).map((each) => (
      { shown: each.command, hint: each.description, line: `${each.command} ` }));
  }
  const command = commands.find((each) => each.command === word);
  if (!command || rest.length > 1) return [];
  return command.words.filter((each) => each.text.startsWith(rest[0]) && each.text !== rest[0]).map((each) => (
    { shown: `${command.command} ${each.text}`, hint: each.hint, line: `${command.command} ${each.text} ` }));
}
