// Blocks that not every workspace has yet; what nobody can show without the services behind it is told in words.
import { renderElement } from './elements.js';
import { make } from './make.js';
import { plainText, renderText } from './mrkdwn.js';
import { renderMarkdown } from './markdown.js';
import { picture } from './pictures.js';
import { renderRichText } from './rich_text.js';
import { unknown } from './unknown.js';

const LEVELS = new Set(['default', 'info', 'warning', 'error', 'success']);

/** Return a notice of a level. */
export function alert(block, context) {
  if (!LEVELS.has(block.level ?? 'default')) return unknown('alert level', block.level);
  return make('div', { class: `alert ${block.level ?? 'default'}`, role: 'note' }, renderText(block.text, context));
}

/** Return a block of common Markdown. */
export function markdown(block) {
  return make('div', { class: 'markdown' }, renderMarkdown(block.text));
}

/** Return a table; the first row of a data table is its head. */
export function table(block, context) {
  const isData = block.type === 'data_table';
  const rows = block.rows.map((row, number) => make('tr', {}, row.map((cell) => make(isData && !number ? 'th' : 'td', {}, cellOf(cell, context)))));
  const caption = block.caption ? make('caption', {}, words(block.caption, context)) : '';
  return make('div', { class: 'table', tabindex: '0', role: 'region', 'aria-label': 'Table' }, make('table', {}, caption, rows));
}

function cellOf(cell, context) {
  if (cell.type === 'rich_text') return renderRichText(cell, context);
  return words(cell.text ?? cell.value ?? '', context);
}

/** Return a text of which Slack takes a string or an object. */
function words(text, context) {
  return typeof text === 'object' ? renderText(text, context) : String(text);
}

/** Return a card: a picture, a title, a text and buttons. */
export function card(block, context) {
  const part = (name) => (block[name] ? make('div', { class: name }, words(block[name], context)) : '');
  return make('div', { class: 'card' },
    block.hero_image ? picture(block.hero_image, context, 'large') : '',
    part('title'), part('subtitle'), part('body'),
    block.actions ? make('div', { class: 'actions' }, block.actions.map((element) => renderElement(block, element, context))) : '');
}

/** Return cards beside each other. */
export function carousel(block, context) {
  return make('div', { class: 'carousel', tabindex: '0', role: 'region', 'aria-label': 'Cards' }, block.elements.map((each) => card(each, context)));
}

/** Return a box with blocks in it. */
export function container(block, context, renderBlocks) {
  return make('div', { class: 'container' },
    block.title ? make('div', { class: 'title' }, words(block.title, context)) : '', renderBlocks(block.child_blocks ?? [], context));
}

/** Return what a video is about, and where it is: this page plays none. */
export function video(block) {
  const title = plainText(block.title);
  const isWeb = /^https?:/i.test(block.title_url ?? block.video_url);
  return make('div', { class: 'card' },
    make('div', { class: 'title' }, isWeb ? make('a', { href: block.title_url ?? block.video_url, target: '_blank', rel: 'noopener noreferrer' }, title) : title),
    block.description ? make('div', { class: 'body' }, plainText(block.description)) : '',
    make('span', { class: 'no-picture', role: 'img', 'aria-label': block.alt_text }, `🎞 ${block.alt_text}`));
}
