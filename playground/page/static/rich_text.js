// Rich text: sections, lists, quotations and code as elements.
import { emoji } from './emoji.js';
import { make } from './make.js';
import { link, mention, nameOf } from './mrkdwn.js';
import { slackDate } from './slack_date.js';
import { unknown } from './unknown.js';

const TAGS = new Map(Object.entries({ bold: 'strong', italic: 'em', strike: 's', code: 'code', underline: 'u' }));

/** Return a rich text block. */
export function renderRichText(block, context) {
  return make('div', { class: 'rich-text' }, block.elements.map((part) => renderPart(part, context)));
}

function renderPart(part, context) {
  const border = part.border ? 'bordered' : '';
  switch (part.type) {
    case 'rich_text_section': return make('p', {}, pieces(part, context));
    case 'rich_text_preformatted': return make('pre', { tabindex: '0', class: border }, pieces(part, context));
    case 'rich_text_quote': return make('blockquote', { class: border }, pieces(part, context));
    case 'rich_text_list': return list(part, context, border);
    default: return unknown('rich text element', part.type);
  }
}

function list(part, context, border) {
  if (!['ordered', 'bullet'].includes(part.style)) return unknown('list style', part.style);
  const isOrdered = part.style === 'ordered';
  return make(isOrdered ? 'ol' : 'ul', {
    class: `indent-${part.indent ?? 0} ${border}`.trim(), start: isOrdered && part.offset ? part.offset + 1 : null,
  }, part.elements.map((one) => make('li', {}, pieces(one, context))));
}

function pieces(part, context) {
  return part.elements.map((piece) => renderPiece(piece, context));
}

function renderPiece(piece, context) {
  switch (piece.type) {
    case 'text': return styled(piece, piece.text);
    case 'link': return styled(piece, /^(https?:|mailto:)/i.test(piece.url) ? link(piece.url, piece.text ?? piece.url) : piece.text ?? piece.url);
    case 'emoji': return emoji(piece.name) ?? `:${piece.name}:`;
    case 'user': return styled(piece, mention('@', nameOf(context.names.users, piece.user_id)));
    case 'channel': return styled(piece, mention('#', nameOf(context.names.channels, piece.channel_id)));
    case 'usergroup': return styled(piece, mention('@', nameOf(context.names.groups, piece.usergroup_id)));
    case 'broadcast': return mention('@', piece.range);
    case 'date': return slackDate(`!date^${piece.timestamp}^${piece.format}${piece.url ? `^${piece.url}` : ''}|${piece.fallback ?? ''}`, context);
    case 'color': return piece.value;
    default: return unknown('rich text piece', piece.type);
  }
}

function styled(piece, inside) {
  const styles = Object.entries(piece.style ?? {}).filter(([, isOn]) => isOn).map(([name]) => name);
  return styles.reduce((inner, name) => (TAGS.has(name) ? make(TAGS.get(name), {}, inner) : make('span', {}, unknown('text style', name), inner)), inside);
}
