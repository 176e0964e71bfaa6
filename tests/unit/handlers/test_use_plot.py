"""The picture of the use: small, the same every time, and honest about what nobody knows."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.domain.base import DeploymentId
from bot.domain.letters import UseOverTime
from handlers.use_plot import MOST, draw
from tests.views.examples import HOSTILE
from tests.views.letters import MADRID, use

WEEK = 7 * 24
BUSY = tuple(float(hour % 101) for hour in range(WEEK))
MIDDLE = (340, 47)
"""A pixel in the middle of the first strip."""
BOTTOM = (340, 68)


def picture(*uses: UseOverTime, zone: str = MADRID) -> Image.Image:
    """Return the picture of these as a reader sees it."""
    with Image.open(BytesIO(draw(uses, zone=zone))) as image:
        return image.convert("RGB")


def test_it_is_small_enough_for_a_message() -> None:
    """Six deployments over a week fit into 30 kB, 640 pixels wide."""
    content = draw([use(*BUSY)] * 9, zone=MADRID)

    with Image.open(BytesIO(content)) as image:
        assert (image.format, image.width) == ("PNG", 640)
    assert len(content) < 30_000


def test_it_is_the_same_every_time() -> None:
    """So that a test, and a reader, can compare two."""
    assert draw([use(*BUSY)], zone=MADRID) == draw([use(*BUSY)], zone=MADRID)


def test_unknown_looks_like_neither_use_nor_rest() -> None:
    """Grey and hatched, where use is blue and rest is empty with a line below."""
    shown = {
        name: (picture(use(*(value,) * WEEK)).getpixel(MIDDLE), picture(use(*(value,) * WEEK)).getpixel(BOTTOM))
        for name, value in {"used": 100.0, "rests": 0.0, "unknown": None}.items()
    }

    assert len(set(shown.values())) == 3
    assert shown["rests"][0] == (255, 255, 255)


def test_only_so_many_deployments_are_shown() -> None:
    """The picture does not grow beyond what fits on a screen."""
    many, most = [use(*BUSY)] * 20, [use(*BUSY)] * MOST

    assert draw(many, zone=MADRID) == draw(most, zone=MADRID)


def test_days_are_the_readers() -> None:
    """Midnight is elsewhere in Auckland."""
    assert draw([use(*BUSY)], zone=MADRID) != draw([use(*BUSY)], zone="Pacific/Auckland")
    assert draw([use(*BUSY)], zone="Mars/Olympus") == draw([use(*BUSY)], zone="UTC")


@pytest.mark.parametrize("title", [HOSTILE, "", "日本語", "\n", "Überwachung"])
def test_any_title_is_only_drawn(title: str) -> None:
    """Whatever a deployment is called, there is a picture, and no wider one."""
    assert picture(use(*BUSY, title=title)).width == 640


@given(
    st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=True), max_size=400),
    st.text(max_size=80),
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
)
def test_any_use_can_be_drawn(values: list[float | None], title: str, start: datetime) -> None:
    """Through changes of summer time, with nothing in it, or with values that cannot be."""
    subject = UseOverTime(
        deployment=DeploymentId("d"), title=title, start=start, step=timedelta(minutes=30), values=tuple(values)
    )

    assert picture(subject).width == 640
