// Pictures: Slack's own files are shown; what stands elsewhere is told by its words, since this page loads nothing from there.
import { make } from './make.js';

/** Return a picture of a size: small in a context, a thumbnail beside a section, large by itself. */
export function picture(image, context, size) {
  const file = image.slack_file ? context.files[image.slack_file.id] : null;
  const address = file?.url ?? (image.image_url?.startsWith('data:image/') ? image.image_url : null);
  if (address) return make('img', { class: size, src: address, alt: image.alt_text, title: image.alt_text });
  return make('span', { class: 'no-picture', role: 'img', 'aria-label': image.alt_text }, `🖼 ${image.alt_text}`);
}
