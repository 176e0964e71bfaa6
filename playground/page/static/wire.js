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
    });
    return answer.ok ? await answer.json() : { ok: false, error: await answer.text() };
  } catch {
    return LOST;
  }
}

/** Return the commands that the composer suggests. */
export async function commands() {
  const answer = await fetch('/commands', { headers: { 'X-Playground': key } });
  return answer.ok ? answer.json() : [];
}

/** Return the address of a picture of Slack's. */
export function fileAddress(url) {
  return `/${url}?key=${encodeURIComponent(key)}`;
}

/** Listen to what a person sees; `handlers` are by event, and `lost` and `found` by whether anybody is there. */
export function connect(person, handlers) {
  const source = new EventSource(`/stream?person=${encodeURIComponent(person)}&key=${encodeURIComponent(key)}`);
  for (const name of ['screen', 'traffic', 'cluster', 'clock']) {
    source.addEventListener(name, (event) => handlers[name]?.(JSON.parse(event.data)));
  }
  source.addEventListener('open', () => handlers.found?.());
  source.addEventListener('error', () => handlers.lost?.(source.readyState === EventSource.CLOSED));
  return () => source.close();
}
