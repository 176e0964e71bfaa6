// The small dialog that asks before something is done.
import { describe, find } from './focus.js';
import { make } from './make.js';
import { plainText, renderText } from './mrkdwn.js';
import { unknown } from './unknown.js';

const STYLES = new Map([[undefined, 'primary'], ['primary', 'primary'], ['danger', 'danger filled']]);

/** Ask; the promise says whether the person agreed. The focus goes in, and back to where it was. */
export function ask(confirm, context) {
  const before = describe(document.activeElement);
  return new Promise((resolve) => {
    const end = (answer) => {
      veil.remove();
      find(before)?.focus();
      resolve(answer);
    };
    const button = (text, style, answer) => make('button', { type: 'button', class: `button ${style}`.trim(), onclick: () => end(answer) }, plainText(text));
    const yes = button(confirm.confirm, STYLES.get(confirm.style) ?? 'primary', true);
    const no = button(confirm.deny, '', false);
    const box = make('div', {
      class: 'dialog', role: 'alertdialog', 'aria-modal': 'true', 'aria-labelledby': 'dialog-title', 'aria-describedby': 'dialog-text',
    },
    make('h2', { id: 'dialog-title' }, plainText(confirm.title)),
    make('div', { id: 'dialog-text', class: 'text' }, renderText(confirm.text, context)),
    STYLES.has(confirm.style) ? '' : unknown('dialog style', confirm.style),
    make('div', { class: 'dialog-buttons' }, no, yes));
    const veil = make('div', { class: 'veil above', onkeydown: (event) => keys(event, yes, no, end) }, box);
    document.getElementById('dialogs').append(veil);
    no.focus();
  });
}

function keys(event, yes, no, end) {
  event.stopPropagation();
  if (event.key === 'Escape') {
    event.preventDefault();
    end(false);
  }
  if (event.key !== 'Tab') return;
  event.preventDefault();
  (document.activeElement === yes ? no : yes).focus();
}
