// Rich text: sections, lists, quotations and code as elements.
import { emoji } from './emoji.js';
import { make } from './make.js';
import { link, mention } from './mrkdwn.js';
import { slackDate } from './slack_date.js';
import { unknown } from './unknown.js';

/** Return a rich text block. */
export function renderRichText(block, context) {
  return make('div', { class: 'rich-text' }, block.elements.map((part) => renderPart(part, context)));
}

function renderPart(part, context) {
  switch (part.type) {
    case 'rich_text_section': return make('p', {}, pieces(part, context));
    case 'rich_text_preformatted': return make('pre', { tabindex: '0' }, pieces(part, context));
    case 'rich_text_quote': return make('blockquote', {}, pieces(part, context));
    case 'rich_text_list': {
      const tag = part.style === 'ordered' ? 'ol' : 'ul';
      return make(tag, { class: `indent-${part.indent ?? 0}` }, part.elements.map((one) => make('li', {}, pieces(one, context))));
    }
    default: return unknown('rich text element', part.type);
  }
}

function pieces(part, context) {
  return part.elements.map((piece) => renderPiece(piece, context));
}

function renderPiece(piece, context) {
  switch (piece.type) {
    case 'text': return styled(piece, piece.text);
    case 'link': return /^(https?:|mailto:)/i.test(piece.url) ? styled(piece, link(piece.url, piece.text ?? piece.url)) : piece.text ?? piece.url;
    case 'emoji': return emoji(piece.name) ?? `:${piece.name}:`;
    case 'user': return mention('@', context.names.users[piece.user_id] ?? piece.user_id);
    case 'channel': return mention('#', context.names.channels[piece.channel_id] ?? piece.channel_id);
    case 'usergroup': return mention('@', context.names.groups[piece.usergroup_id] ?? piece.usergroup_id);
    case 'broadcast': return mention('@', piece.range);
    case 'date': return slackDate(`!date^${piece.timestamp}^${piece.format}|${piece.fallback ?? ''}`, context);
    case 'color': return piece.value;
    default: return unknown('rich text piece', piece.type);
  }
}

function styled(piece, inside) {
  const tags = { bold: 'strong', italic: 'em', strike: 's', code: 'code', underline: 'u' };
  return Object.entries(piece.style ?? {}).filter(([, isOn]) => isOn).reduce(
    (inner, [name]) => (tags[name] ? make(tags[name], {}, inner) : unknown('text style', name)), inside);
}
