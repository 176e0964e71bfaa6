// What is being typed: kept through every redrawing, and sent to the workspace before anything else is done.

const drafts = new Map();

/** Return the name of a field: of its window or message, its block and its element. */
export function nameOf(block, element, context) {
  return `${context.id ?? ''}/${block.block_id}/${element.action_id}/${element.type}`;
}

/** Return the draft of a field: the element with which it is typed, as long as the app describes it the same. */
export function draftOf(name, description, build) {
  const known = drafts.get(name);
  if (known && known.description === description) return known;
  const draft = { description, isDirty: false, sending: Promise.resolve(), send: async () => {} };
  draft.input = build(draft);
  drafts.set(name, draft);
  return draft;
}

/** Send everything that is typed and not yet sent; the promise is kept when all of it has arrived. */
export async function flush() {
  for (const draft of drafts.values()) if (draft.isDirty) draft.sending = draft.sending.then(draft.send);
  await Promise.all([...drafts.values()].map((draft) => draft.sending));
}

/** Forget what belongs to windows that are not open any more. */
export function forgetOthers(ids) {
  for (const name of drafts.keys()) if (name.split('/')[0].startsWith('V') && !ids.has(name.split('/')[0])) drafts.delete(name);
}
