"""Foreign text made fit to be shown: cut, escaped, never interpreted."""

import re
from datetime import UTC, datetime
from urllib.parse import quote

NOTHING = "–"
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_FORMATTING = re.compile(r"[*_~`]")
_CODE_SPAN = re.compile(r"`([^`]*)`")
# Control characters, unpaired surrogates, and the characters that turn the direction of writing.
_UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_UNSAFE_IN_URL = re.compile(r"[\s\x00-\x20\x7f<>|\"'`\\^{}]")


def cut(text: str, limit: int) -> str:
    """Shorten a text to at most so many code points, with an ellipsis where something is missing."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def cut_at_word(text: str, limit: int) -> str:
    """Shorten a text like `cut`, but between two words where that does not cost much."""
    if len(text) <= limit:
        return text
    shortened = cut(text, limit)
    head, space, _ = shortened.rpartition(" ")
    return f"{head.rstrip(' ,;:–-')}…" if space and len(head) > limit * 2 // 3 else shortened


def prose(text: str, limit: int) -> str:
    """Return a foreign sentence or two as one escaped line, cut between words, with nothing that opens a code span."""
    plain = one_line(_without_backticks(text), 2 * limit)
    return escape_within(cut_at_word(plain, limit), limit)


def one_line(text: str, limit: int) -> str:
    """Return foreign text as one visible line; never empty."""
    return cut(" ".join(_UNSAFE.sub(" ", text).split()), limit) or NOTHING


def lines(text: str, limit: int) -> str:
    """Return foreign text with its line breaks, without control characters; never empty."""
    plain = _UNSAFE.sub(" ", text.replace("\r\n", "\n")).strip()
    return cut(plain, limit) or NOTHING


def escape(text: str) -> str:
    """Escape the three characters that mean something to Slack."""
    return "".join(_ENTITIES.get(character, character) for character in text)


def escape_within(text: str, limit: int) -> str:
    """Escape a text so that the result has at most so many code points, never cutting an entity in two."""
    escaped = escape(text)
    if len(escaped) <= limit:
        return escaped
    kept: list[str] = []
    length = 1
    for character in text:
        piece = _ENTITIES.get(character, character)
        length += len(piece)
        if length > limit:
            break
        kept.append(piece)
    return "".join(kept).rstrip() + "…"


def foreign(text: str, limit: int) -> str:
    """Return foreign text as one escaped line of at most so many code points."""
    return escape_within(one_line(text, limit), limit)


def code(text: str, limit: int = 150) -> str:
    """Return foreign text as a code span, in which nothing is interpreted."""
    return f"`{escape_within(one_line(_without_backticks(text), limit), limit)}`"


def name(text: str, limit: int = 60) -> str:
    """Return a title in bold, or as code where bold would be broken by what it contains."""
    if _FORMATTING.search(text):
        return code(text, limit)
    return f"*{foreign(text, limit)}*"


def unmarked(text: str) -> str:
    """Turn code spans into quotations, for elements that show text as it is."""
    return _CODE_SPAN.sub(r"“\1”", text)


def date(at: datetime) -> str:
    """Return a time that Slack shows in the reader's zone, with UTC where it cannot."""
    in_utc = at.astimezone(UTC)
    return f"<!date^{int(in_utc.timestamp())}^{{date_short_pretty}} at {{time}}|{utc(at)}>"


def utc(at: datetime) -> str:
    """Return a time in UTC, for plain text."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def link(url: str, label: str, *, limit: int = 2000) -> str:
    """Return a link with our own label; an address that is no web address is shown as code instead."""
    safe = _UNSAFE_IN_URL.sub(lambda match: quote(match.group(0)), url).replace("&", "&amp;")
    if not safe.startswith(("https://", "http://")) or len(safe) > limit:
        return f"{label}: {code(url)}"
    return f"<{safe}|{label}>"


def _without_backticks(text: str) -> str:
    return text.replace("`", "'")
