// What blocks need to be drawn and used: who reads, what is typed, and what a click does.
import { announce } from './make.js';
import { act, fileAddress } from './wire.js';

const busy = new Set();

/** Return the context of a message's blocks; what fails is told above the composer. */
export function contextOfMessage(message, talk, shared) {
  return {
    ...common({ ts: message.ts, channel: talk.id }, message, shared, shared.tell),
    id: message.ts, surface: 'message', errors: {},
  };
}

/** Return the context of a view's blocks, with what its own buttons do; a window tells what fails in its banner. */
export function contextOfView(view, shared) {
  const where = { view: view.id, hash: view.hash };
  const { person } = shared.page;
  const tell = view.type === 'home' ? shared.tell : announce;
  const leave = (how) => async () => {
    const answer = await act(person, how, { where });
    tell(answer.ok ? '' : answer.error);
    return answer;
  };
  return {
    ...common(where, view, shared, tell),
    id: view.id, surface: view.type, errors: view.errors,
    submit: leave('submit'), close: leave('close'), dismiss: leave('dismiss'),
  };
}

function common(where, shown, { page, now }, tell) {
  const { person, names } = page.screen;
  const nameOf = (block, action) => `${person.id}/${where.view ?? where.ts}/${block}/${action}`;
  return {
    values: shown.values, names, tz: person.tz, now, person: person.id,
    files: Object.fromEntries(Object.entries(shown.files).map(([id, file]) => [id, { ...file, url: fileAddress(file.url, person.id) }])),
    isBusy: (block, action) => busy.has(nameOf(block, action)),
    act: async (kind, block, element, payload = {}) => {
      const name = nameOf(block.block_id, element.action_id);
      busy.add(name);
      const answer = await act(person.id, kind, { where, block_id: block.block_id, action_id: element.action_id, ...payload });
      busy.delete(name);
      if (kind !== 'search') tell(answer.ok || answer.confirm ? '' : answer.error ?? '');
      return answer;
    },
  };
}
