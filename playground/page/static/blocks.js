// Draws Block Kit: each block by its type. What is not known is shown in red, never left out.
import { renderElement } from './elements.js';
import { make } from './make.js';
import { renderMrkdwn, renderText, plainText } from './mrkdwn.js';
import { renderRichText } from './rich_text.js';
import { unknown } from './unknown.js';

const BLOCKS = {
  section, header, divider, context: contextBlock, actions, image, input, rich_text: renderRichText, alert, markdown,
};

/** Return the blocks of a message, a window or a Home tab; `context` says who reads and what a click does. */
export function renderBlocks(blocks, context) {
  const found = document.createDocumentFragment();
  for (const block of blocks) found.append(renderBlock(block, context));
  return found;
}

function renderBlock(block, context) {
  const draw = BLOCKS[block.type];
  const element = draw ? draw(block, context) : unknown('block', block.type);
  element.classList.add('block');
  if (block.block_id) element.dataset.block = block.block_id;
  return element;
}

function section(block, context) {
  return make('div', { class: 'section' },
    make('div', { class: 'section-text' },
      block.text ? make('div', {}, renderText(block.text, context)) : '',
      block.fields ? make('div', { class: 'fields' }, block.fields.map((field) => make('div', { class: 'field' }, renderText(field, context)))) : ''),
    block.accessory ? make('div', { class: 'accessory' }, renderElement(block, block.accessory, context)) : '');
}

function header(block) {
  return make('h2', { class: 'header' }, plainText(block.text));
}

function divider() {
  return make('hr');
}

function contextBlock(block, context) {
  return make('div', { class: 'context' }, block.elements.map((element) => (
    element.type === 'image' ? picture(element, context, 'small') : make('span', {}, renderText(element, context)))));
}

function actions(block, context) {
  return make('div', { class: 'actions' }, block.elements.map((element) => renderElement(block, element, context)));
}

function image(block, context) {
  return make('figure', { class: 'image' },
    block.title ? make('figcaption', {}, plainText(block.title)) : '',
    picture(block, context, 'large'));
}

/** Return a picture; one that this page may not load, since it stands elsewhere, is told by its words. */
export function picture(image, context, size) {
  const file = image.slack_file ? context.files[image.slack_file.id] : null;
  if (file) return make('img', { class: size, src: file.url, alt: image.alt_text });
  if (image.image_url?.startsWith('data:image/')) return make('img', { class: size, src: image.image_url, alt: image.alt_text });
  return make('span', { class: 'no-picture', role: 'img', 'aria-label': image.alt_text }, `🖼 ${image.alt_text}`);
}

function input(block, context) {
  const isGroup = ['radio_buttons', 'checkboxes'].includes(block.element.type);
  const id = `field-${context.id ?? ''}-${block.block_id}`;
  const error = context.errors[block.block_id];
  const label = plainText(block.label);
  const mark = block.optional ? make('span', { class: 'optional' }, ' (optional)') : '';
  return make('div', { class: error ? 'input wrong' : 'input' },
    isGroup ? make('div', { class: 'label', id: `${id}-label` }, label, mark) : make('label', { for: id, id: `${id}-label` }, label, mark),
    renderElement(block, block.element, context, { id, label, describedBy: `${id}-hint ${id}-error` }),
    make('div', { class: 'hint', id: `${id}-hint` }, block.hint ? plainText(block.hint) : ''),
    make('div', { class: 'error', id: `${id}-error`, role: error ? 'alert' : null }, error ?? ''));
}

function alert(block, context) {
  return make('div', { class: `alert ${block.level ?? 'default'}`, role: 'note' }, renderText(block.text, context));
}

function markdown(block, context) {
  return make('div', { class: 'markdown' }, renderMrkdwn(block.text.replaceAll('**', '*'), context));
}
