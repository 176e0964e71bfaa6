"""What a screen reader or an eye would make of the page, worked out inside it."""

NAME = """element => {
  const seen = (node) => (node.nodeType === Node.TEXT_NODE ? node.textContent
    : node.getAttribute?.('aria-hidden') === 'true' ? '' : node.getAttribute?.('aria-label') ?? [...node.childNodes].map(seen).join(' '));
  const words = (ids) => (ids ?? '').split(/\\s+/).map((id) => (document.getElementById(id) ? seen(document.getElementById(id)) : '')).join(' ').trim();
  const label = [...(element.labels ?? [])].map(seen).join(' ').trim();
  const own = ['BUTTON', 'A', 'SUMMARY', 'OPTION'].includes(element.tagName) || element.getAttribute('role') === 'option'
    ? [...element.childNodes].map(seen).join(' ').trim() : '';
  const name = words(element.getAttribute('aria-labelledby')) || element.getAttribute('aria-label') || label || own || element.title;
  return name.replace(/\\s+/g, ' ').trim();
}"""
"""Return an element's accessible name, by the rules that matter here; a placeholder is none."""

NAMELESS = f"""() => {{
  const name = {NAME};
  const found = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [role=dialog], [role=log], '
    + '[role=tabpanel], [role=listbox], [role=region], [tabindex="0"], img')].filter((each) => each.checkVisibility());
  return found.filter((each) => !(each.tagName === 'IMG' ? each.hasAttribute('alt') : name(each))).map((each) => each.outerHTML.slice(0, 160));
}}"""
"""Return every control that is seen and has no name."""

FAINT = """() => {
  const parse = (color) => {
    const [r, g, b, a = 1] = color.match(/[\\d.]+/g).map(Number);
    return { r, g, b, a };
  };
  const over = (top, under) => ({
    r: top.r * top.a + under.r * (1 - top.a), g: top.g * top.a + under.g * (1 - top.a), b: top.b * top.a + under.b * (1 - top.a), a: 1,
  });
  const ground = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) layers.push(parse(getComputedStyle(each).backgroundColor));
    return layers.reverse().reduce((under, top) => over(top, under), { r: 255, g: 255, b: 255, a: 1 });
  };
  const light = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const contrast = (one, other) => {
    const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  };
  const opacity = (element) => {
    let all = 1;
    for (let each = element; each; each = each.parentElement) all *= Number(getComputedStyle(each).opacity);
    return all;
  };
  const judged = [];
  const judge = (element, color, words) => {
    const under = ground(element);
    const ink = parse(color);
    const ratio = contrast(over({ ...ink, a: ink.a * opacity(element) }, under), under);
    if (ratio < 4.5) judged.push(`${ratio.toFixed(2)}: ${words.trim().slice(0, 60)} (${element.tagName.toLowerCase()}.${element.className})`);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (walker.currentNode.textContent.trim() && element.checkVisibility() && !element.closest('option, script, [aria-hidden=true]')) {
      judge(element, getComputedStyle(element).color, walker.currentNode.textContent);
    }
  }
  for (const field of document.querySelectorAll('input, textarea, select')) {
    if (!field.checkVisibility() || ['checkbox', 'radio', 'hidden'].includes(field.type)) continue;
    if (field.value) judge(field, getComputedStyle(field).color, field.value);
    else if (field.placeholder) judge(field, getComputedStyle(field, '::placeholder').color, field.placeholder);
  }
  return judged;
}"""
"""Return every text that is seen with a contrast below 4.5 to what is behind it."""
