// The markdown block's common Markdown: headings, lists, quotations, code, links and emphasis. The rest is text.
import { withEmoji } from './emoji.js';
import { make } from './make.js';
import { link, splitBy } from './mrkdwn.js';

const SPAN = /`([^`\n]+)`|\*\*(?=\S)(.+?\S?)\*\*|~~(?=\S)(.+?)~~|(?<![\w*])[*_](?=\S)([^*_\n]+?)[*_](?![\w*])|\[([^\]\n]+)\]\((https?:[^)\s]+)\)/;

/** Return Markdown as elements. */
export function renderMarkdown(text) {
  const parts = splitBy(text, /```\w*\n?([\s\S]+?)```/, (match) => make('pre', { tabindex: '0' }, match[1]));
  return parts.map((part) => (typeof part === 'string' ? paragraphs(part) : part)).flat();
}

function paragraphs(text) {
  const found = [];
  let open = null;
  const into = (tag, row, isItem) => {
    if (open?.tagName.toLowerCase() !== tag) found.push(open = make(tag));
    else if (!isItem) open.append(make('br'));
    open.append(...(isItem ? [make('li', {}, spans(row))] : spans(row)));
  };
  for (const row of text.split('\n')) {
    const head = /^(#{1,6}) +(.*)$/.exec(row), bullet = /^\s*[-*+] +(.*)$/.exec(row), number = /^\s*\d+[.)] +(.*)$/.exec(row), quote = /^> ?(.*)$/.exec(row);
    if (!row.trim()) open = null;
    else if (head) {
      found.push(make('h3', {}, spans(head[2])));
      open = null;
    } else if (/^\s*(-{3,}|\*{3,})\s*$/.test(row)) {
      found.push(make('hr'));
      open = null;
    } else if (bullet) into('ul', bullet[1], true);
    else if (number) into('ol', number[1], true);
    else if (quote) into('blockquote', quote[1], false);
    else into('p', row, false);
  }
  return found;
}

function spans(text) {
  return splitBy(text, SPAN, ([, code, strong, strike, em, label, url]) => {
    if (code !== undefined) return make('code', {}, code);
    if (url !== undefined) return link(url, label);
    if (strong !== undefined) return make('strong', {}, spans(strong));
    return strike !== undefined ? make('s', {}, spans(strike)) : make('em', {}, spans(em));
  }).map((part) => (typeof part === 'string' ? withEmoji(part) : part));
}
