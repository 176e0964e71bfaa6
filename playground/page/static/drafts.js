// What is being typed: kept through every redrawing, and sent to the workspace before anything else is done.

const drafts = new Map();

/** Return the draft of a field: what it is typed with, for as long as it is the same kind of field in the same place. */
export function draftOf(block, element, context, build) {
  const name = JSON.stringify([context.surface, context.person, context.id, block.block_id, element.action_id, element.type, Boolean(element.multiline)]);
  const known = drafts.get(name);
  const draft = known ?? { surface: context.surface, id: context.id, isDirty: false, sending: Promise.resolve(), send: async () => {} };
  Object.assign(draft, { block, element, context });
  if (!known) {
    draft.node = build(draft);
    drafts.set(name, draft);
  }
  return draft;
}

/** Send everything that is typed and not yet sent; the promise is kept when all of it has arrived. */
export async function flush() {
  const open = [...drafts.values()].filter((draft) => draft.node.isConnected);
  for (const draft of open) queue(draft, () => draft.isDirty && draft.send());
  await Promise.all(open.map((draft) => draft.sending));
}

addEventListener('pagehide', () => {
  for (const draft of drafts.values()) if (draft.isDirty && draft.node.isConnected) draft.send();
});

/** Do something after what this field has sent before, so that nothing overtakes anything. */
export function queue(draft, work) {
  draft.sending = draft.sending.then(work, work);
  return draft.sending;
}

/** Forget what belongs to windows that are not open any more. */
export function forgetOthers(ids) {
  for (const [name, draft] of drafts) if (draft.surface === 'modal' && !ids.has(draft.id)) drafts.delete(name);
}
