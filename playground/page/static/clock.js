// The one clock: what time it is, how fast it passes, and buttons that let it pass.
import { make } from './make.js';
import { momentOf } from './times.js';

const JUMPS = [
  { label: '+1 h', body: { do: 'pass', seconds: 3600 } },
  { label: '+1 day', body: { do: 'pass', seconds: 86_400 } },
  { label: 'Next working morning', body: { do: 'until', what: 'working morning' } },
];
let built = null;

/** Draw the clock; where time cannot be moved it is only shown. */
export function renderClock(element, clock, post) {
  if (!clock) {
    element.replaceChildren();
    built = null;
    return;
  }
  if (!built || !element.contains(built.time)) built = build(element, clock, post);
  built.time.textContent = momentOf(clock.now, clock.zone);
  built.time.setAttribute('datetime', new Date(clock.now * 1000).toISOString());
  for (const button of built.speeds) button.setAttribute('aria-pressed', String(Number(button.dataset.speed) === clock.speed));
  element.classList.toggle('passing', clock.is_passing || clock.speed > 1);
  built.note.textContent = clock.note || (clock.is_passing ? `${left(clock.left)} still to pass` : '');
}

function build(element, clock, post) {
  const note = make('span', { class: 'note', role: 'status' });
  const go = (body) => async () => {
    const answer = await post('clock', body);
    if (!answer.ok) note.textContent = answer.error;
  };
  const speeds = clock.speeds.map((speed) => make('button', {
    type: 'button', dataset: { speed: String(speed) }, 'aria-pressed': 'false', title: 'How fast time passes', onclick: go({ do: 'speed', speed }),
  }, `×${speed.toLocaleString('en')}`));
  const time = make('time', { title: `The workspace's clock, ${clock.zone}` });
  element.replaceChildren(time, make('span', { role: 'group', 'aria-label': 'Speed', class: 'speeds' }, speeds),
    ...JUMPS.map(({ label, body }) => make('button', { type: 'button', onclick: go(body) }, label)), note);
  return { time, speeds, note };
}

function left(seconds) {
  const hours = Math.round(seconds / 3600);
  if (hours >= 48) return `${Math.round(hours / 24)} days`;
  return hours ? `${hours} h` : `${Math.ceil(seconds / 60)} min`;
}
