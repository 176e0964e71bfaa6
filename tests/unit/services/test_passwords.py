"""Passwords are strong when made, and forgotten when typed."""

from datetime import datetime, timedelta

from bot.domain.base import DraftId
from bot.domain.request import Field
from bot.services.passwords import MemoryPocket, RandomPasswords
from tests.unit.domain.values import NOW

TYPED = {Field.PASSWORD: "typed by hand"}
ONE, TWO = DraftId("one"), DraftId("two")


class _Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def test_made_passwords_differ_and_are_long() -> None:
    """Nobody can guess one from another, and each passes the platform's nine characters."""
    made = {RandomPasswords().make() for _ in range(50)}

    assert len(made) == 50
    assert all(len(password) == 23 for password in made)


def test_what_was_typed_is_kept_until_it_is_forgotten() -> None:
    """The pocket gives it back as often as asked, until told to forget."""
    pocket = MemoryPocket(clock=_Clock())
    pocket.put(ONE, TYPED)

    assert pocket.get(ONE) == TYPED
    pocket.forget(ONE)
    assert pocket.get(ONE) is None


def test_what_was_typed_is_forgotten_by_itself() -> None:
    """A form that is left open for too long loses its secrets."""
    clock = _Clock()
    pocket = MemoryPocket(clock=clock, keep_for=timedelta(minutes=30))
    pocket.put(ONE, TYPED)
    clock.now += timedelta(minutes=31)

    assert pocket.get(ONE) is None


def test_the_pocket_does_not_grow_without_bound() -> None:
    """The oldest gives way."""
    pocket = MemoryPocket(clock=_Clock(), most=1)
    pocket.put(ONE, TYPED)
    pocket.put(TWO, TYPED)

    assert (pocket.get(ONE), pocket.get(TWO)) == (None, TYPED)


def test_the_pocket_never_shows_what_it_holds() -> None:
    """Not even by accident in a log."""
    pocket = MemoryPocket(clock=_Clock())
    pocket.put(ONE, TYPED)

    assert "typed by hand" not in repr(pocket)
