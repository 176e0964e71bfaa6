// The small dialog that asks before something is done.
import { make } from './make.js';
import { plainText, renderText } from './mrkdwn.js';

/** Ask; the promise says whether the person agreed. The focus goes in, and back to where it was. */
export function ask(confirm, context) {
  const before = document.activeElement;
  return new Promise((resolve) => {
    const end = (answer) => {
      veil.remove();
      before?.isConnected && before.focus();
      resolve(answer);
    };
    const yes = make('button', {
      type: 'button', class: confirm.style === 'danger' ? 'button danger' : 'button primary', onclick: () => end(true),
    }, plainText(confirm.confirm));
    const no = make('button', { type: 'button', class: 'button', onclick: () => end(false) }, plainText(confirm.deny));
    const box = make('div', {
      class: 'dialog', role: 'alertdialog', 'aria-modal': 'true', 'aria-labelledby': 'dialog-title', 'aria-describedby': 'dialog-text',
    }, make('h2', { id: 'dialog-title' }, plainText(confirm.title)), make('div', { id: 'dialog-text' }, renderText(confirm.text, context)), make('div', { class: 'dialog-buttons' }, no, yes));
    const veil = make('div', {
      class: 'veil above', onkeydown: (event) => {
        event.stopPropagation();
        if (event.key === 'Escape') end(false);
        if (event.key === 'Tab') {
          event.preventDefault();
          (document.activeElement === yes ? no : yes).focus();
        }
      },
    }, box);
    document.getElementById('dialogs').append(veil);
    no.focus();
  });
}
