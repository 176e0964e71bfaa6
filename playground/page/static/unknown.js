// What the page cannot draw is never swallowed: it stands there in red, by its name.
import { make } from './make.js';

/** Return the red mark for something that this page does not know, or cannot draw for another reason. */
export function unknown(what, name, reason = '') {
  return make('div', { class: 'unknown', role: 'alert' }, `This page cannot draw a ${what} “${name}”${reason ? `: ${reason}` : ''}.`);
}
