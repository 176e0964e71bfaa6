"""A prober in memory: a set of addresses at which something answers."""

from collections.abc import Sequence


class FakeProber:
    """Answers from `alive`; an address that cannot be asked is unknown."""

    def __init__(self, *alive: str) -> None:
        self.alive = set(alive)

    def answers(self, url: str) -> bool | None:
        """Tell whether the address is alive."""
        return url in self.alive if url else None

    def recent(self, url: str) -> bool | None:
        """Tell the same; here nothing takes time."""
        return self.answers(url)

    def answer_all(self, urls: Sequence[str]) -> tuple[bool | None, ...]:
        """Tell it of several addresses."""
        return tuple(self.answers(url) for url in urls)

    def is_taken(self, url: str) -> bool:
        """Tell whether something lives at the address."""
        return url in self.alive
