// What this tab remembers of itself over a reload. A browser that keeps nothing is fine, too.

/** Return what was remembered under a name, or null. */
export function recall(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name));
  } catch {
    return null;
  }
}

/** Remember something until the tab is closed. */
export function remember(name, value) {
  try {
    sessionStorage.setItem(name, JSON.stringify(value));
  } catch { /* then it is forgotten with the page */ }
}
