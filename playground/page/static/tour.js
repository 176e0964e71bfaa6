// The guided tour: what to try, and what to watch.
import { make } from './make.js';

/** Draw the scenes, the first one open; drawing them again changes nothing. */
export function renderTour(element, tour) {
  if (element.childElementCount === tour.length + 1) return;
  element.replaceChildren(
    make('p', { class: 'tour-intro' }, 'Six things to try, in any order. Nothing here can break anything.'),
    ...tour.map((scene, number) => make('details', { class: 'scene', open: number === 0 },
      make('summary', {}, `${number + 1}. ${scene.title}`),
      make('ol', {}, scene.steps.map((step) => make('li', {}, step))),
      make('p', { class: 'watch' }, make('strong', {}, 'Watch: '), scene.watch))));
}
