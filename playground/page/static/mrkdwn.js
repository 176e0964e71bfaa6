// Slack's mrkdwn as elements. Whatever a text holds, only what is written here becomes an element; the rest is text.
import { withEmoji } from './emoji.js';
import { make } from './make.js';
import { slackDate } from './slack_date.js';
import { unknown } from './unknown.js';

const PRE = /```([\s\S]+?)```/;
const HELD = /`([^`\n]+)`|<([^<>]+)>/g;
const PLACE = /\u0000(\d+)\u0000/;
const MARK = /(?<![\w*_~])([*_~])(?=\S)([^\n]*?\S)\1(?![\w*_~])/;
const QUOTE = /^(&gt;|>)(?!\1\1) ?/;
const LONG_QUOTE = /^(&gt;|>){3} ?/;
const TAGS = { '*': 'strong', _: 'em', '~': 's' };
const WEB = /^(https?:|mailto:)/i;

/** Return mrkdwn as elements; `context` has names, the person's zone and the moment. */
export function renderMrkdwn(text, context, { verbatim = false } = {}) {
  const found = document.createDocumentFragment();
  const parts = splitBy(text.replaceAll('\u0000', ''), PRE, (match) => pre(match[1], context));
  for (const part of parts) found.append(...(typeof part === 'string' ? quoted(part, context, verbatim) : [part]));
  return found;
}

/** Return a plain text object as text. */
export function plainText(object) {
  return object.emoji === false ? object.text : withEmoji(object.text);
}

/** Return a text object, of either type, as elements. */
export function renderText(object, context) {
  if (object?.type === 'mrkdwn') return renderMrkdwn(object.text, context, { verbatim: object.verbatim });
  if (object?.type === 'plain_text') return lines(plainText(object));
  return unknown('text object', object?.type);
}

function pre(text, context) {
  return make('pre', { tabindex: '0' }, bare(text.replace(/^\n/, ''), context));
}

/** Return lines that begin with > as quotations, and the others as they are; >>> quotes all that follows. */
function quoted(text, context, verbatim) {
  const found = [];
  let quote = null, isLong = false;
  text.split('\n').forEach((row, place) => {
    isLong ||= LONG_QUOTE.test(row);
    const isQuote = isLong || QUOTE.test(row);
    const pieces = inline(row.replace(LONG_QUOTE, '').replace(isLong ? /$^/ : QUOTE, ''), context, verbatim);
    if (isQuote && quote) quote.append(make('br'), ...pieces);
    else if (isQuote) found.push(quote = make('blockquote', {}, pieces));
    else {
      if (place && !quote) found.push(make('br'));
      quote = null;
      found.push(...pieces);
    }
  });
  return found;
}

/** Return a line: code and tokens are held apart first, then marks are read around and between them. */
function inline(text, context, verbatim) {
  const held = [];
  const rest = text.replace(HELD, (_whole, code, inside) => {
    held.push(code === undefined ? () => token(inside, context) : () => make('code', {}, bare(code, context)));
    return `\u0000${held.length - 1}\u0000`;
  });
  return marked(rest, (piece) => piece.split(PLACE).map((each, place) => (place % 2 ? held[Number(each)]() : linked(decoded(each), verbatim))).flat());
}

function marked(text, finish) {
  const match = MARK.exec(text);
  if (!match) return finish(text);
  return [
    ...finish(text.slice(0, match.index)),
    make(TAGS[match[1]], {}, ...marked(match[2], finish)),
    ...marked(text.slice(match.index + match[0].length), finish),
  ];
}

/** Return a text in which Slack makes links of addresses by itself, unless it is told not to. */
function linked(text, verbatim) {
  if (verbatim) return [withEmoji(text)];
  return splitBy(text, /https?:\/\/[^\s|]+[^\s|.,;:!?)\]]/, (match) => link(match[0], match[0])).map((part) => (typeof part === 'string' ? withEmoji(part) : part));
}

function token(inside, context) {
  const [target, ...rest] = inside.split('|');
  const label = rest.length ? decoded(rest.join('|')) : null;
  if (target.startsWith('@')) return mention('@', nameOf(context.names.users, target.slice(1), label));
  if (target.startsWith('#')) return mention('#', nameOf(context.names.channels, target.slice(1), label));
  if (target.startsWith('!date^')) return slackDate(decoded(inside), context);
  if (target.startsWith('!subteam^')) return mention('@', nameOf(context.names.groups, target.split('^')[1], label).replace(/^@/, ''));
  if (target.startsWith('!')) return mention('@', (label ?? target.slice(1).split('^')[0]).replace(/^@/, ''));
  const address = decoded(target);
  return WEB.test(address) ? link(address, label ?? address) : `<${decoded(inside)}>`;
}

/** Return what an id is called; one that nobody knows by the label that came with it, or as it is. */
export function nameOf(names, id, label = null) {
  return Object.hasOwn(names, id) ? names[id] : label ?? id;
}

/** Return a link that opens beside the page; an address of any other kind than the web's is not made one. */
export function link(address, text) {
  return make('a', { href: address, target: '_blank', rel: 'noopener noreferrer' }, withEmoji(text));
}

/** Return somebody or a place that is mentioned. */
export function mention(sign, name) {
  return make('span', { class: 'mention' }, `${sign}${name}`);
}

/** Return the text of a code span: no marks, but tokens are read and entities decoded. */
function bare(text, context) {
  const written = (made) => (typeof made === 'string' ? made : made.textContent);
  return text.split(/<([^<>]+)>/).map((part, place) => (place % 2 ? written(token(part, context)) : decoded(part))).join('');
}

function lines(text) {
  const found = document.createDocumentFragment();
  text.split('\n').forEach((row, place) => found.append(...(place ? [make('br'), row] : [row])));
  return found;
}

function decoded(text) {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/** Return a text in pieces: what matches is replaced, what stands between stays. */
export function splitBy(text, pattern, replace) {
  const found = [];
  let rest = text;
  for (let match = pattern.exec(rest); match; match = pattern.exec(rest)) {
    if (match.index) found.push(rest.slice(0, match.index));
    found.push(replace(match));
    rest = rest.slice(match.index + match[0].length);
  }
  if (rest) found.push(rest);
  return found;
}
