// The guided tour: what to try, what to watch, and buttons for what has to be done meanwhile.
import { make } from './make.js';

let drawn = '';

/** Draw the scenes, the first one open; drawing the same scenes again changes nothing, so that what is open stays. */
export function renderTour(element, tour, post) {
  const now = JSON.stringify(tour);
  if (now === drawn && element.childElementCount) return;
  drawn = now;
  if (!tour.length) {
    element.replaceChildren(make('p', { class: 'tour-intro' }, 'There is no tour on a real cluster.'));
    return;
  }
  element.replaceChildren(
    make('p', { class: 'tour-intro' }, 'Six things to try, in any order. Nothing here can break anything.'),
    ...tour.map((scene, number) => sceneElement(scene, number, post)));
}

function sceneElement(scene, number, post) {
  return make('details', { class: 'scene', open: number === 0, dataset: { scene: scene.id } },
    make('summary', {}, make('span', { class: 'number', 'aria-hidden': 'true' }, String(number + 1)), make('span', {}, scene.title)),
    make('ol', {}, scene.try.map((step) => make('li', {}, step))),
    ...(scene.do.length ? [actions(scene, post)] : []),
    make('p', { class: 'watch' }, make('strong', {}, 'Watch: '), scene.watch));
}

function actions(scene, post) {
  const told = make('p', { class: 'told', role: 'status' });
  const press = (action) => async () => {
    const answer = await post(action.path, action.body);
    told.textContent = answer.ok ? answer.told ?? '' : answer.error;
  };
  const buttons = scene.do.map((action) => make('button', { type: 'button', dataset: { tour: `${scene.id}/${action.label}` }, onclick: press(action) }, action.label));
  return make('div', { class: 'scene-do', role: 'group', 'aria-label': scene.title }, ...buttons, told);
}
