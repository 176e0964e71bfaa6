"""Markdown with HTML in it, made into plain text that can be shown anywhere."""

import html
import re

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_DROPPED = re.compile(
    r"<(video|audio|script|style|iframe|svg)\b[^<>]*>.*?</\1\s*>|<!--.*?-->", re.DOTALL | re.IGNORECASE
)
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/h[1-6]|/tr)\s*/?>", re.IGNORECASE)
_ADDRESS = re.compile(r"<(https?://[^<>\s]+)>")
_ELEMENT = re.compile(r"</?[A-Za-z][A-Za-z0-9-]*(?:[\s=/][^<>]*)?>")
_IMAGE = re.compile(r"!\[[^\[\]]*\]\([^()]*\)")
_LINK = re.compile(r"\[([^\[\]]+)\](?:\(\(([^()\s]{0,500})\)\)|\(([^()\s]{0,500})[^()]{0,200}\))")
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+", re.MULTILINE)
_STRONG = re.compile(r"\*\*(?=\S)(.{1,300}?)(?<=\S)\*\*")
_FENCE = re.compile(r"^ {0,3}(?:```|~~~).*$", re.MULTILINE)
_BULLET = re.compile(r"^([ \t]*)[*+-][ \t]+", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n\s*\n\s*")
_SCANNED = 20_000  # characters looked at: more than anybody reads, few enough for any expression above


def plain_line(text: str, *, limit: int) -> str:
    """Return the text as one plain line of at most that many characters."""
    return shorten(" ".join(plain_text(text, limit=limit * 4).split()), limit)


def plain_text(text: str, *, limit: int) -> str:
    """Return the text without markup, pictures and films, its paragraphs kept, cut after that many characters."""
    bare = _ADDRESS.sub(r"\1", _DROPPED.sub(" ", text[:_SCANNED]))
    bare = _ELEMENT.sub("", _BREAK.sub("\n", bare))
    bare = _LINK.sub(_link, _IMAGE.sub("", bare))
    bare = _FENCE.sub("", _HEADING.sub("", bare))
    bare = _BULLET.sub(r"\1• ", _STRONG.sub(r"\1", bare))
    bare = visible(html.unescape(bare))
    lines = "\n".join(line.rstrip() for line in bare.splitlines())
    return shorten(_BLANK_LINES.sub("\n\n", lines).strip(), limit)


def visible(text: str) -> str:
    """Return the text without control characters and marks that turn its direction; line ends and tabs stay."""
    return _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def shorten(text: str, limit: int) -> str:
    """Cut a text that is too long, at a space where there is one nearby, and show that it was cut."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > limit * 2 // 3 else cut).rstrip() + "…"


def _link(found: re.Match[str]) -> str:
    label, address = found.group(1), found.group(2) or found.group(3) or ""
    if not address.startswith(("http://", "https://")) or address in label:
        return label
    return f"{label} ({address})"
