"""Draws how the GPUs of deployments were used: a strip of bars for each, grey hatching where nothing is known."""

from collections.abc import Sequence
from datetime import timedelta
from io import BytesIO
from unicodedata import combining, normalize

from PIL import Image, ImageDraw, ImageFont

from bot.domain.letters import UseOverTime
from bot.domain.zones import zone_of

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

MOST = 6
"""Strips in one picture."""

_WIDTH, _LEFT, _RIGHT, _TOP = 640, 44, 8, 6
_TITLE, _BARS, _FOOT = 18, 46, 20
_PAPER, _INK, _FAINT = (255, 255, 255), (40, 40, 48), (215, 215, 222)
_BAR, _ZERO, _UNKNOWN = (29, 95, 160), (150, 160, 175), (232, 232, 236)
_TITLE_LENGTH = 60
_LEGEND = "Highest GPU use at a time. Grey and hatched: not known."
_FONT_SIZE = 12
_FULL = 100.0
_LABEL = 40
"""Pixels that a day's name takes."""
_DAY = timedelta(days=1)


def draw(use: Sequence[UseOverTime], *, zone: str) -> bytes:
    """Return a PNG with the first deployments' use, days marked by the reader's clock; the same for the same input."""
    shown = use[:MOST]
    height = _TOP + len(shown) * (_TITLE + _BARS + _FOOT) + _TITLE
    image = Image.new("RGB", (_WIDTH, height), _PAPER)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(_FONT_SIZE)
    for number, each in enumerate(shown):
        top = _TOP + number * (_TITLE + _BARS + _FOOT)
        pen.text((_LEFT, top), _drawable(each.title), fill=_INK, font=font)
        _draw_strip(pen, each, top + _TITLE, zone=zone, font=font)
    pen.text((_LEFT, height - _TITLE), _LEGEND, fill=_INK, font=font)
    packed = image.quantize(colors=32)
    content = BytesIO()
    packed.save(content, format="PNG", optimize=True)
    return content.getvalue()


def _draw_strip(pen: ImageDraw.ImageDraw, use: UseOverTime, top: int, *, zone: str, font: Font) -> None:
    right, bottom = _WIDTH - _RIGHT, top + _BARS
    pen.rectangle((_LEFT, top, right, bottom), outline=_FAINT)
    pen.text((6, top - 2), "100 %", fill=_INK, font=font)
    pen.text((18, bottom - 12), "0 %", fill=_INK, font=font)
    for number, value in enumerate(use.values):
        left, end = _x(number, len(use.values)), _x(number + 1, len(use.values))
        if value is None:
            pen.rectangle((left, top + 1, end, bottom - 1), fill=_UNKNOWN)
            pen.line((left, bottom - 1, end, top + 1), fill=_FAINT)
        elif value <= 0:
            pen.line((left, bottom - 1, end, bottom - 1), fill=_ZERO, width=2)
        else:
            height = max(3, round(min(value, _FULL) / _FULL * (_BARS - 2)))
            pen.rectangle((left, bottom - height, max(left, end - 1), bottom - 1), fill=_BAR)
    _draw_days(pen, use, top, zone=zone, font=font)


def _draw_days(pen: ImageDraw.ImageDraw, use: UseOverTime, top: int, *, zone: str, font: Font) -> None:
    length = use.step * len(use.values)
    if not length:
        return
    clock = zone_of(zone)
    day = use.start.astimezone(clock).replace(hour=0, minute=0, second=0, microsecond=0) + _DAY
    while day < use.start + length:
        x = _LEFT + round((day - use.start) / length * (_WIDTH - _LEFT - _RIGHT))
        pen.line((x, top, x, top + _BARS + 3), fill=_FAINT)
        if x < _WIDTH - _RIGHT - _LABEL:
            pen.text((x + 2, top + _BARS + 2), f"{day:%a} {day.day}", fill=_INK, font=font)
        day += _DAY


def _x(number: int, count: int) -> int:
    return _LEFT + round(number / max(count, 1) * (_WIDTH - _LEFT - _RIGHT))


def _drawable(title: str) -> str:
    """Return a title as the font can draw it: one line, cut, and a question mark for what it has no sign for."""
    line = " ".join(title.split())
    shown = line if len(line) <= _TITLE_LENGTH else f"{line[: _TITLE_LENGTH - 3]}..."
    plain = "".join(each for each in normalize("NFKD", shown) if not combining(each))
    return plain.encode("ascii", "replace").decode("ascii") or "-"
