// Where the focus is, in words that outlive a redrawing, and what gets it again.

const MARKS = ['blockId', 'actionId', 'value', 'role'];

/** Return a description of an element: its window or message, and what it is in there. */
export function describe(element) {
  if (!element || element === document.body) return null;
  const marks = Object.fromEntries(MARKS.filter((name) => element.dataset?.[name] !== undefined).map((name) => [name, element.dataset[name]]));
  return { element, id: element.id, ts: element.closest?.('[data-ts]')?.dataset.ts, marks };
}

/** Return what is described, or what stands in its place now; null when there is nothing like it. */
export function find(held, within = document) {
  if (!held) return null;
  if (held.element.isConnected && within.contains(held.element) && !held.element.closest('[inert]')) return held.element;
  const place = held.ts ? within.querySelector(`[data-ts="${CSS.escape(held.ts)}"]`) : within;
  const names = Object.keys(held.marks);
  const like = names.length ? [...place?.querySelectorAll('[data-block-id], [data-role]') ?? []] : [];
  const same = (names_) => like.find((each) => names_.every((name) => each.dataset[name] === held.marks[name]));
  return same(names) ?? same(names.filter((name) => name !== 'value')) ?? (held.id ? document.getElementById(held.id) : null);
}
