// Slack's mrkdwn as elements. Whatever a text holds, only what is written here becomes an element; the rest is text.
import { withEmoji } from './emoji.js';
import { make } from './make.js';
import { slackDate } from './slack_date.js';

const CODE = /```([\s\S]+?)```|`([^`\n]+)`/;
const TOKEN = /<([^<>]+)>/;
const MARK = /(?<![\w*_~])([*_~])(?=\S)([^\n]*?\S)\1(?![\w*_~])/;
const TAGS = { '*': 'strong', _: 'em', '~': 's' };
const WEB = /^(https?:|mailto:)/i;

/** Return mrkdwn as elements; `context` has names, the person's zone and the moment. */
export function renderMrkdwn(text, context, { verbatim = false } = {}) {
  const found = document.createDocumentFragment();
  const parts = splitBy(text, CODE, (match) => (match[1] !== undefined ? pre(match[1], context) : make('code', {}, bare(match[2], context))));
  for (const part of parts) {
    if (typeof part === 'string') found.append(...quoted(part, context, verbatim));
    else found.append(part);
  }
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
  return make('span', { class: 'unknown', role: 'alert' }, `Unknown text object: ${object?.type}`);
}

function pre(text, context) {
  return make('pre', { tabindex: '0' }, bare(text.replace(/^\n/, ''), context));
}

/** Return lines that begin with > as quotations, and the others as they are. */
function quoted(text, context, verbatim) {
  const found = [];
  let quote = null;
  const rows = text.split('\n');
  rows.forEach((row, place) => {
    const isQuote = /^(&gt;|>) ?/.test(row);
    if (isQuote) {
      if (!quote) found.push(quote = make('blockquote'));
      else quote.append(make('br'));
      quote.append(...inline(row.replace(/^(&gt;|>) ?/, ''), context, verbatim));
      return;
    }
    if (place && !quote) found.push(make('br'));
    quote = null;
    found.push(...inline(row, context, verbatim));
  });
  return found;
}

/** Return a line: tokens first, then marks around what is between them. */
function inline(text, context, verbatim) {
  const tokens = [];
  const held = text.replace(new RegExp(TOKEN, 'g'), (_whole, inside) => `\u0000${tokens.push(inside) - 1}\u0000`);
  return marked(held, (piece) => withTokens(piece, tokens, context, verbatim));
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

function withTokens(text, tokens, context, verbatim) {
  return text.split(/\u0000(\d+)\u0000/).map((piece, place) => (
    place % 2 ? token(tokens[Number(piece)], context) : linked(decoded(piece), verbatim))).flat();
}

/** Return a text in which Slack makes links of addresses by itself, unless it is told not to. */
function linked(text, verbatim) {
  if (verbatim) return [withEmoji(text)];
  return splitBy(text, /https?:\/\/[^\s|]+[^\s|.,;:!?)\]]/, (match) => link(match[0], match[0])).map((part) => (typeof part === 'string' ? withEmoji(part) : part));
}

function token(inside, context) {
  const [target, ...rest] = inside.split('|');
  const label = rest.length ? decoded(rest.join('|')) : null;
  if (target.startsWith('@')) return mention('@', context.names.users[target.slice(1)] ?? label ?? target.slice(1));
  if (target.startsWith('#')) return mention('#', context.names.channels[target.slice(1)] ?? label ?? target.slice(1));
  if (target.startsWith('!date^')) return slackDate(inside, context);
  if (target.startsWith('!subteam^')) return mention('@', context.names.groups[target.split('^')[1]] ?? label ?? 'group');
  if (target.startsWith('!')) return mention('@', label ?? target.slice(1).split('^')[0]);
  const address = decoded(target);
  return WEB.test(address) ? link(address, label ?? address) : `<${decoded(inside)}>`;
}

/** Return a link that opens beside the page; an address of any other kind than the web's is not made one. */
export function link(address, text) {
  return make('a', { href: address, target: '_blank', rel: 'noopener noreferrer' }, withEmoji(text));
}

export function mention(sign, name) {
  return make('span', { class: 'mention' }, `${sign}${name}`);
}

/** Return the text of a code span: no marks, but tokens are read and entities decoded. */
function bare(text, context) {
  return splitBy(text, TOKEN, (match) => {
    const made = token(match[1], context);
    return typeof made === 'string' ? made : made.textContent;
  }).map((part) => (typeof part === 'string' ? decoded(part) : part)).join('');
}

function lines(text) {
  const found = document.createDocumentFragment();
  text.split('\n').forEach((row, place) => found.append(...(place ? [make('br'), row] : [row])));
  return found;
}

function decoded(text) {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

function splitBy(text, pattern, replace) {
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
