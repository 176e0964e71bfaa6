"""Reserve ranges of loopback ports, so that agents that run at the same time never meet."""

import contextlib
import socket
from dataclasses import dataclass

BLOCK = 1000
# Below the range from which systems take ports for outgoing connections.
_BLOCKS = range(10_000, 32_000, BLOCK)
_FIXED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class PortBlock:
    """One or more blocks in a row; the first port of each is held open as the mark that it is taken."""

    first: int
    last: int
    marks: tuple[socket.socket, ...]

    @property
    def http(self) -> int:
        """The port of the agent's API."""
        return self.first + 1

    @property
    def rpc(self) -> int:
        """The port on which a server listens for its clients."""
        return self.first + 2

    @property
    def serf(self) -> int:
        """The port on which servers gossip."""
        return self.first + 3

    @property
    def dynamic(self) -> tuple[int, int]:
        """The range that jobs get their ports from."""
        return self.first + _FIXED, self.last

    @property
    def marked(self) -> list[int]:
        """The ports inside the range that no job can have."""
        return [mark.getsockname()[1] for mark in self.marks]

    def release(self) -> None:
        """Give the blocks back."""
        for mark in self.marks:
            mark.close()


def reserve_ports(count: int) -> PortBlock:
    """Return a free range of at least so many ports."""
    blocks = -(-count // BLOCK)
    for first in _BLOCKS:
        if first + blocks * BLOCK > _BLOCKS.stop:
            break
        marks = _mark([first + BLOCK * index for index in range(blocks)])
        if marks is not None:
            return PortBlock(first=first, last=first + blocks * BLOCK - 1, marks=marks)
    raise RuntimeError(f"no {count} free ports in a row between {_BLOCKS.start} and {_BLOCKS.stop}")


def _mark(ports: list[int]) -> tuple[socket.socket, ...] | None:
    with contextlib.ExitStack() as taken:
        marks = [taken.enter_context(socket.socket()) for _ in ports]
        for mark, port in zip(marks, ports, strict=True):
            try:
                mark.bind(("127.0.0.1", port))
                mark.listen(1)
            except OSError:
                return None
        taken.pop_all()
        return tuple(marks)
