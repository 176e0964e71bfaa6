// Talks to the server: what is done goes as a post, what happens comes as a stream.

const key = document.querySelector('meta[name="playground-key"]').content;
const LOST = { ok: false, error: 'The playground does not answer. Nothing was done.' };

/** Post something that a person does; always returns an answer with `ok`. */
export async function post(path, body) {
  try {
    const answer = await fetch(`/${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Playground': key },
      body: JSON.stringify(body),
      keepalive: true,  // what was typed just before the page is left arrives all the same
    });
    return answer.ok ? await answer.json() : { ok: false, error: await answer.text() };
  } catch {
    return LOST;
  }
}

/** Do something as a person; `more` holds what the deed needs. */
export function act(person, what, more = {}) {
  return post('act', { person, do: what, ...more });
}

/** Return the commands that the composer suggests. */
export async function commands() {
  try {
    const answer = await fetch('/commands', { headers: { 'X-Playground': key } });
    return answer.ok ? await answer.json() : [];
  } catch {
    return [];
  }
}

/** Return the address of a picture of Slack's, as one person may load it. */
export function fileAddress(url, person) {
  return `/${url}?person=${encodeURIComponent(person)}&key=${encodeURIComponent(key)}`;
}

/** Listen to what a person sees. `handlers` are by event; `found` and `lost` hear whether anybody is there, and why not. */
export function connect(person, handlers) {
  const address = `/stream?person=${encodeURIComponent(person)}&key=${encodeURIComponent(key)}`;
  let source, timer, isOver = false;

  function open() {
    source = new EventSource(address);
    for (const name of ['screen', 'traffic', 'cluster', 'clock']) {
      source.addEventListener(name, (event) => handlers[name](JSON.parse(event.data)));
    }
    source.addEventListener('open', () => handlers.found());
    source.addEventListener('error', () => {
      if (isOver) return;
      handlers.lost({ status: 0, words: '' });
      if (source.readyState === EventSource.CLOSED) again();
    });
  }

  /** Ask why the browser gave up, say so, and try again in a moment. */
  async function again() {
    const refusal = await whyNot(address);
    if (isOver) return;
    if (refusal) handlers.lost(refusal);
    timer = setTimeout(open, 1000);
  }

  open();
  return () => {
    isOver = true;
    clearTimeout(timer);
    source.close();
  };
}

/** Return what the server says when it refuses a stream, null when it does not or is not there. */
async function whyNot(address) {
  const asking = new AbortController();
  try {
    const answer = await fetch(address, { signal: asking.signal });
    return answer.ok ? null : { status: answer.status, words: await answer.text() };
  } catch {
    return null;
  } finally {
    asking.abort();
  }
}
