// The line to write in: suggests the app's commands, remembers what was sent, and sends.
import { make } from './make.js';
import { recall, remember } from './memory.js';
import { hintFor, suggestions } from './suggest.js';

const HISTORY = 50;

/** Build the composer once; `send` gets the whole line and returns whether it was taken. */
export function buildComposer(form, send) {
  const history = recall('history') ?? [];
  const unsent = new Map();
  let commands = [], place = history.length, offered = [], chosen = -1, isBusy = false, talkId = '';
  const input = make('input', {
    type: 'text', role: 'combobox', 'aria-label': 'Message or command', 'aria-expanded': 'false', id: 'line',
    'aria-controls': 'suggestions', 'aria-autocomplete': 'list', 'aria-describedby': 'line-hint', spellcheck: 'false', autocomplete: 'off',
  });
  const list = make('ul', { id: 'suggestions', role: 'listbox', 'aria-label': 'Commands', hidden: true });
  const button = make('button', { type: 'submit', class: 'send' }, 'Send');
  const hint = make('p', { id: 'line-hint' });
  form.replaceChildren(list, make('div', { class: 'line' }, input, button), hint);

  function show() {
    offered = suggestions(input.value, commands);
    chosen = offered.length ? 0 : -1;
    draw();
  }

  function draw() {
    list.replaceChildren(...offered.map((each, number) => make('li', {
      role: 'option', id: `suggestion-${number}`, 'aria-selected': String(number === chosen),
      onmousedown: (event) => { event.preventDefault(); take(number); },
    }, make('span', { class: 'shown' }, each.shown), make('span', { class: 'hint' }, each.hint))));
    list.hidden = !offered.length;
    input.setAttribute('aria-expanded', String(!list.hidden));
    hint.textContent = hintFor(input.value, commands) || 'Enter sends · / commands · ↑ what you sent · F6 next part of the page';
    if (chosen < 0) return input.removeAttribute('aria-activedescendant');
    input.setAttribute('aria-activedescendant', `suggestion-${chosen}`);
    return list.children[chosen].scrollIntoView({ block: 'nearest' });
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

  function bringBack(step) {
    place = Math.max(0, Math.min(history.length, place + step));
    input.value = history[place] ?? '';
    hide();
    input.setSelectionRange(input.value.length, input.value.length);
  }

  async function submit() {
    const line = input.value.trim();
    if (!line || isBusy) return;
    setBusy(true);
    hide();
    const isTaken = await send(line);
    setBusy(false);
    if (!isTaken) return;
    if (history.at(-1) !== line) history.push(line);
    if (history.length > HISTORY) history.shift();
    remember('history', history);
    place = history.length;
    if (input.value.trim() === line) input.value = '';
    draw();
  }

  function setBusy(isNow) {
    isBusy = isNow;
    button.textContent = isNow ? 'Sending …' : 'Send';
    button.setAttribute('aria-busy', String(isNow));
  }

  function press(event) {
    const isOpen = offered.length > 0;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Escape' && isOpen) hide();
    else if (step && isOpen) {
      chosen = (chosen + step + offered.length) % offered.length;
      draw();
    } else if (event.key === 'Tab' && isOpen && !event.shiftKey) take(chosen);
    else if (event.key === 'Enter' && isOpen && isUnfinished()) take(chosen);
    else if (step) bringBack(step);
    else return;
    event.preventDefault();
  }

  /** Tell whether Enter should complete the line instead of sending it: whatever is whole is sent. */
  function isUnfinished() {
    const line = input.value.trim();
    return !commands.some((each) => line === each.command || each.words.some((word) => line === `${each.command} ${word.text}`));
  }

  input.addEventListener('input', show);
  input.addEventListener('blur', hide);
  input.addEventListener('keydown', press);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  draw();
  return {
    focus: () => input.focus(),
    offer: (found) => { commands = found; draw(); },
    toward: (talk) => {
      if (talk.id === talkId) return;
      unsent.set(talkId, input.value);
      talkId = talk.id;
      input.value = unsent.get(talkId) ?? '';
      input.placeholder = talk.kind === 'im' ? 'Type / for a command' : `Message #${talk.name}, or / for a command`;
      hide();
    },
  };
}
