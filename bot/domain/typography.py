"""Quotation marks and dashes as phones and Slack write them, turned into those that a command is read by."""

import re

_DOUBLE, _SINGLE = "\u201c\u201d\u201e\u00ab\u00bb", "\u2018\u2019"
_SPACES = "\u00a0\u202f"
_PLAIN = str.maketrans({**dict.fromkeys(_DOUBLE, '"'), **dict.fromkeys(_SINGLE, "'"), **dict.fromkeys(_SPACES, " ")})
_LONG_DASH = re.compile(r"(?<!\S)[\u2014\u2013\u2212\u2015](?=\w)")
_APOSTROPHE = re.compile(r"(?<=\w)['\u2018\u2019](?=\w)")


def readings(text: str) -> tuple[str, ...]:
    """Return the text with plain marks, the likeliest reading first.

    In the first, what stands inside a quotation is left as it was typed. Should that not work out, every mark is made
    plain; and should that not either, apostrophes inside words (don't) are kept from opening a quotation.
    """
    plain = _LONG_DASH.sub("--", text)
    return _outside_quotations(text), plain.translate(_PLAIN), _APOSTROPHE.sub(r"\\'", plain).translate(_PLAIN)


def _outside_quotations(text: str) -> str:
    """Make those marks plain that open and close a quotation, and the dashes and spaces between quotations."""
    found: list[str] = []
    place = 0
    while place < len(text):
        piece, place = _next_piece(text, place)
        found.append(piece)
    return "".join(found)


def _next_piece(text: str, place: int) -> tuple[str, int]:
    """Return a quotation or a single character of what stands between them, and where the text goes on."""
    mark = text[place]
    if _APOSTROPHE.match(text, place):
        return "\\'" if mark == "'" else mark, place + 1
    if mark in "\"'" or mark in _DOUBLE or mark in _SINGLE:
        return _quotation(text, place)
    if mark == "\\":
        return text[place : place + 2], place + 2
    if _LONG_DASH.match(text, place):
        return "--", place + 1
    return " " if mark in _SPACES else mark, place + 1


def _quotation(text: str, place: int) -> tuple[str, int]:
    """Return the quotation that opens here, in plain marks; one that is never closed is left to be complained about."""
    mark = text[place]
    end = _end_of_quotation(text, place)
    if end == len(text):
        return ('"' if mark in _DOUBLE else mark), place + 1
    inner = text[place + 1 : end]
    if mark in "\"'":
        return f"{mark}{inner}{mark}", end + 1
    escaped = inner.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"', end + 1


def _end_of_quotation(text: str, place: int) -> int:
    """Return where the quotation is closed: by a mark of its kind that no backslash takes the meaning from."""
    mark = text[place]
    closing = next((kind for kind in (_DOUBLE, _SINGLE) if mark in kind), mark)
    at = place + 1
    while at < len(text) and (text[at] not in closing or (mark in _SINGLE and _APOSTROPHE.match(text, at))):
        at += 2 if text[at] == "\\" and mark == '"' else 1
    return min(at, len(text))
