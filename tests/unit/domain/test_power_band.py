"""The power of rest is learned from many quiet samples, and unknown before."""

import pytest

from bot.domain.power_band import ENOUGH, learn
from tests.unit.domain.watched import NOW


def test_rest_is_what_the_quietest_draw_and_a_margin() -> None:
    """A twentieth of the samples draw no more than 55 W; a tenth of the limit is added."""
    watts = [55.0] * 60 + [90.0] * 940

    found = learn("A100", watts, limit=400.0, now=NOW)

    assert found is not None
    assert (found.idle_watts, found.samples, found.learned_at) == (95.0, 1000, NOW)


def test_a_few_that_draw_nothing_teach_nothing() -> None:
    """A sensor that says 0 W now and then does not make everybody active."""
    found = learn("A100", [0.0] * 40 + [55.0] * 960, limit=400.0, now=NOW)

    assert found is not None
    assert found.idle_watts == 95.0


def test_a_small_card_that_only_holds_a_context_rests() -> None:
    """A tenth of 70 W is less than what a context draws that waits for its next cell."""
    found = learn("T4", [10.0] * 100 + [26.0] * 900, limit=70.0, now=NOW)

    assert found is not None
    assert found.idle_watts == 30.0


@pytest.mark.parametrize(("samples", "limit"), [(ENOUGH - 1, 400.0), (ENOUGH, None), (ENOUGH, 0.0)])
def test_it_is_unknown_before(samples: int, limit: float | None) -> None:
    """Too few samples, or a model whose limit nobody told."""
    assert learn("A100", [55.0] * samples, limit=limit, now=NOW) is None
