// Draws Block Kit: each block by its type. What is not known is shown in red, never left out.
import { renderElement } from './elements.js';
import { make } from './make.js';
import { plainText, renderText } from './mrkdwn.js';
import { alert, card, carousel, container, markdown, table, video } from './newer_blocks.js';
import { picture } from './pictures.js';
import { renderRichText } from './rich_text.js';
import { dayNumber } from './slack_date.js';
import { unknown } from './unknown.js';

const BLOCKS = new Map(Object.entries({
  section, header, divider, context: contextBlock, actions, image, input, rich_text: renderRichText,
  alert, markdown, table, data_table: table, card, carousel, container, video,
}));
const GROUPS = new Set(['radio_buttons', 'checkboxes']);
const drawn = new WeakMap();

/** Return the blocks of a message, a window or a Home tab; `context` says who reads and what a click does. */
export function renderBlocks(blocks, context) {
  const found = document.createDocumentFragment();
  for (const block of blocks) found.append(renderBlock(block, context));
  return found;
}

/** Draw blocks where earlier ones may stand: what says the same stays untouched, and so do focus, caret and scrolling. */
export function patchBlocks(place, blocks, context) {
  const before = new Map([...place.children].map((element) => [drawn.get(element)?.key, element]));
  const wanted = blocks.map((block, number) => patched(block, context, `${block.type}/${block.block_id ?? number}`, before));
  const kept = new Set(wanted);
  for (const child of [...place.children]) if (!kept.has(child)) child.remove();
  wanted.forEach((child, number) => {
    if (place.children[number] !== child) place.insertBefore(child, place.children[number] ?? null);
  });
}

function patched(block, context, key, before) {
  const old = before.get(key);
  const said = JSON.stringify([context.person, context.id, block, context.errors[block.block_id] ?? null, context.files, dayNumber(context.now, context.tz)]);
  if (old && drawn.get(old).said === said) {
    refresh(block, context, fieldOf(block, context));
    return old;
  }
  const element = old && block.type === 'input' ? inputAgain(old, block, context) : renderBlock(block, context);
  drawn.set(element, { key, said });
  return element;
}

/** Let the fields of a block that is not drawn anew show what is in them now. */
function refresh(block, context, field) {
  const elements = [block.element, block.accessory, ...block.type === 'actions' ? block.elements : []].filter(Boolean);
  for (const element of elements) if (element.type !== 'button' && element.type !== 'overflow') renderElement(block, element, context, field);
}

function renderBlock(block, context) {
  const element = drawnSafely(block, context);
  element.classList.add('block');
  if (block.block_id) element.dataset.block = block.block_id;
  return element;
}

function drawnSafely(block, context) {
  if (!BLOCKS.has(block.type)) return unknown('block', block.type);
  try {
    return BLOCKS.get(block.type)(block, context, renderBlocks);
  } catch (error) {
    return unknown('block', block.type, error.message);
  }
}

function section(block, context) {
  const field = fieldOf(block, context);
  return make('div', { class: 'section' },
    make('div', { class: 'section-text', id: field.describedBy },
      block.text ? make('div', { class: 'text' }, renderText(block.text, context)) : '',
      block.fields ? make('div', { class: 'fields' }, block.fields.map((each) => make('div', { class: 'text' }, renderText(each, context)))) : ''),
    block.accessory ? make('div', { class: 'accessory' }, renderElement(block, block.accessory, context, field)) : '');
}

function header(block) {
  return make('h2', { class: 'header' }, plainText(block.text));
}

function divider() {
  return make('hr');
}

function contextBlock(block, context) {
  return make('div', { class: 'context' }, block.elements.map((element) => (
    element.type === 'image' ? picture(element, context, 'small') : make('span', { class: 'text' }, renderText(element, context)))));
}

function actions(block, context) {
  return make('div', { class: 'actions' }, block.elements.map((element) => renderElement(block, element, context)));
}

function image(block, context) {
  return make('figure', { class: 'image' }, block.title ? make('figcaption', {}, plainText(block.title)) : '', picture(block, context, 'large'));
}

function input(block, context) {
  const field = fieldOf(block, context);
  const [label, hint, error] = around(block, context, field);
  return make('div', { class: field.isWrong ? 'input wrong' : 'input' }, label, renderElement(block, block.element, context, field), hint, error);
}

/** Draw an input block over its earlier self: its field stays where it is, with what is being typed. */
function inputAgain(old, block, context) {
  const field = fieldOf(block, context);
  const [label, hint, error] = around(block, context, field);
  const control = renderElement(block, block.element, context, field);
  old.classList.toggle('wrong', Boolean(field.isWrong));
  old.children[0].replaceWith(label);
  if (old.children[1] !== control) old.children[1].replaceWith(control);
  old.children[2].replaceWith(hint);
  old.children[3].replaceWith(error);
  return old;
}

/** Return what the field of a block is told of its surroundings. */
function fieldOf(block, context) {
  if (block.type === 'section') return { describedBy: `text-${context.id ?? ''}-${block.block_id}` };
  if (block.type !== 'input') return {};
  const id = `field-${context.id ?? ''}-${block.block_id}`;
  return {
    id, describedBy: `${id}-hint ${id}-error`, isRequired: block.optional ? null : 'true', isWrong: context.errors[block.block_id] ? 'true' : null,
  };
}

function around(block, context, { id }) {
  const error = context.errors[block.block_id];
  const isGroup = GROUPS.has(block.element.type);
  return [
    make(isGroup ? 'div' : 'label', { class: 'label', for: isGroup ? null : id, id: `${id}-label` },
      plainText(block.label), block.optional ? make('span', { class: 'optional' }, ' (optional)') : ''),
    make('div', { class: 'hint', id: `${id}-hint` }, block.hint ? plainText(block.hint) : ''),
    make('div', { class: 'error', id: `${id}-error`, role: error ? 'alert' : null }, error ?? ''),
  ];
}
