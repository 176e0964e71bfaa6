"""Shows Slack's mrkdwn as the text a person reads: dates in their zone, links, mentions, no markers."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_TOKEN = re.compile(r"<([^<>]*)>")
_EMPHASIS = re.compile(r"(?<![\w*_~])([*_~])(?=\S)(.+?)(?<=\S)\1(?![\w*_~])")
_CODE = re.compile(r"```(.+?)```|`([^`\n]+)`", re.DOTALL)
_DATE = re.compile(r"^!date\^(-?\d+)\^([^|^]*)(?:\^([^|]*))?\|(.*)$", re.DOTALL)
_FIELD = re.compile(r"\{(\w+)\}")
_TEENS = range(11, 14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads a text: their zone, the moment, and the names they know ids by."""

    zone: str = "UTC"
    now: datetime
    names: Mapping[str, str] = field(default_factory=dict)


def plain(text: str, reader: Reader) -> str:
    """Return mrkdwn as a person reads it."""
    parts, position = [], 0
    for code in _CODE.finditer(text):
        parts.append(_prose(text[position : code.start()], reader))
        parts.append(_tokens(code.group(1) or code.group(2), reader))
        position = code.end()
    parts.append(_prose(text[position:], reader))
    return "".join(parts)


def _prose(text: str, reader: Reader) -> str:
    pieces, position = [], 0
    for token in _TOKEN.finditer(text):
        pieces.append(text[position : token.start()])
        pieces.append(token.group(0))
        position = token.end()
    pieces.append(text[position:])
    bare = "".join(piece if index % 2 else _without_emphasis(piece) for index, piece in enumerate(pieces))
    return _tokens(_without_emphasis_around_tokens(bare), reader)


def _without_emphasis(text: str) -> str:
    previous = None
    while previous != text:
        previous, text = text, _EMPHASIS.sub(r"\2", text)
    return text


def _without_emphasis_around_tokens(text: str) -> str:
    return re.sub(r"(?<![\w*_~])([*_~])(<[^<>]*>)\1(?![\w*_~])", r"\2", text)


def _tokens(text: str, reader: Reader) -> str:
    return html.unescape(_TOKEN.sub(lambda match: _token(match.group(1), reader), text))


def _token(token: str, reader: Reader) -> str:
    date = _DATE.match(token)
    if date:
        return date_text(int(date.group(1)), date.group(2), reader, fallback=date.group(4))
    target, _, label = token.partition("|")
    if target.startswith("@"):
        return f"@{reader.names.get(target[1:], label or target[1:])}"
    if target.startswith("#"):
        return f"#{reader.names.get(target[1:], label or target[1:])}"
    if target.startswith("!"):
        return label or f"@{target[1:].split('^')[0]}"
    return f"{label} ({target})" if label and label != target else target


def date_text(unix: int, pattern: str, reader: Reader, *, fallback: str) -> str:
    """Return a date token as the reader's device shows it; a wrong token shows the fallback."""
    try:
        moment = datetime.fromtimestamp(unix, UTC).astimezone(ZoneInfo(reader.zone))
        now = reader.now.astimezone(ZoneInfo(reader.zone))
        return _FIELD.sub(lambda match: _date_field(match.group(1), moment, now), pattern)
    except (ValueError, KeyError, OverflowError):
        return fallback


def _date_field(name: str, moment: datetime, now: datetime) -> str:
    if name.endswith("_pretty"):
        near = {0: "today", 1: "tomorrow", -1: "yesterday"}.get((moment.date() - now.date()).days)
        return near or _date_field(name.removesuffix("_pretty"), moment, now)
    day = f"{moment:%B} {_ordinal(moment.day)}, {moment:%Y}"
    return {
        "date_num": f"{moment:%Y-%m-%d}",
        "date": day,
        "date_short": f"{moment:%b} {moment.day}, {moment:%Y}",
        "date_long": f"{moment:%A}, {day}",
        "date_slash": f"{moment:%m/%d/%Y}",
        "time": f"{moment:%I:%M %p}".lstrip("0"),
        "time_secs": f"{moment:%I:%M:%S %p}".lstrip("0"),
        "ago": _ago(now - moment),
    }[name]


def _ordinal(day: int) -> str:
    ending = "th" if day in _TEENS else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


def _ago(passed: timedelta) -> str:
    seconds = int(abs(passed.total_seconds()))
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size:
            amount = f"{seconds // size} {unit}{'s' if seconds // size > 1 else ''}"
            return f"{amount} ago" if passed > timedelta(0) else f"in {amount}"
    return "just now"
