// The page's frame: light and dark, the panel with its tabs, and a key that leads from one region to the next.
import { recall, remember } from './memory.js';

const at = (id) => document.getElementById(id);
const TABS = ['cluster', 'tour', 'inspector'];

/** Prepare the switch between light and dark, which begins as the system has it. */
export function prepareScheme() {
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  showScheme(recall('scheme') ?? system);
  at('scheme').addEventListener('click', () => {
    const scheme = document.documentElement.dataset.scheme === 'dark' ? 'light' : 'dark';
    remember('scheme', scheme);
    showScheme(scheme);
  });
}

function showScheme(scheme) {
  document.documentElement.dataset.scheme = scheme;
  at('scheme').setAttribute('aria-pressed', String(scheme === 'dark'));
}

/** Prepare the switch that hides the panel. */
export function prepareAside() {
  showAside(recall('isAsideHidden') !== true);
  at('aside-switch').addEventListener('click', () => {
    const isHidden = !at('aside').hidden;
    remember('isAsideHidden', isHidden);
    showAside(!isHidden);
  });
}

function showAside(isShown) {
  at('aside').hidden = !isShown;
  at('columns').classList.toggle('without-aside', !isShown);
  at('aside-switch').textContent = isShown ? 'Hide panel' : 'Show panel';
  at('aside-switch').setAttribute('aria-expanded', String(isShown));
}

/** Prepare the panel's tabs, by mouse and by arrow keys; `chosen` is told which one is open. */
export function chooseTab(first, chosen) {
  const open = (name) => {
    for (const each of TABS) {
      at(each).hidden = each !== name;
      at(`tab-${each}`).setAttribute('aria-selected', String(each === name));
      at(`tab-${each}`).tabIndex = each === name ? 0 : -1;
    }
    chosen(name);
  };
  TABS.forEach((name, place) => {
    at(`tab-${name}`).addEventListener('click', () => open(name));
    at(`tab-${name}`).addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = TABS[(place + step + TABS.length) % TABS.length];
      open(next);
      at(`tab-${next}`).focus();
    });
  });
  open(TABS.includes(first) ? first : TABS[0]);
}

/** Let F6 lead from region to region: people, conversation or window, panel, clock; Shift turns round. */
export function prepareRegions() {
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'F6') return;
    event.preventDefault();
    const regions = [at('sidebar'), at('stage'), at('aside'), at('bar')].filter((each) => !each.hidden);
    const here = regions.findIndex((each) => each.contains(document.activeElement));
    const step = event.shiftKey ? -1 : 1;
    first(regions[(here + step + regions.length) % regions.length])?.focus();
  });
}

function first(region) {
  const wanted = '[role="dialog"] input, [role="dialog"] button, #composer input, [aria-selected="true"], [aria-pressed="true"], button';
  const usable = (each) => !each.disabled && !each.closest('[inert]') && each.offsetParent !== null;
  for (const selector of wanted.split(', ')) {
    const hit = [...region.querySelectorAll(selector)].find(usable);
    if (hit) return hit;
  }
  return null;
}
