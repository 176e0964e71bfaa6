"""Host ports of allocations; on request they really answer HTTP on loopback."""

import contextlib
import selectors
import socket
import threading
from random import Random

_FIRST, _LAST = 20000, 32000
_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n"
)


class Ports:
    """Hands out dynamic ports. With `serve`, each is bound when handed out, and answers once opened."""

    def __init__(self, random: Random, *, serve: bool) -> None:
        self._random = random
        self._serve = serve
        self._taken: dict[str, list[int]] = {}
        self._used: set[int] = set()
        self._doorman = _Doorman() if serve else None

    def take(self, allocation: str) -> int:
        """Return a port for an allocation that no other one holds. Raises RuntimeError if there is none left."""
        while len(self._used) <= _LAST - _FIRST:
            port = self._random.randint(_FIRST, _LAST)
            if port in self._used or (self._doorman is not None and not self._doorman.bind(port)):
                continue
            self._used.add(port)
            self._taken.setdefault(allocation, []).append(port)
            return port
        raise RuntimeError(f"All {_LAST - _FIRST + 1} host ports of the simulated cluster are taken.")

    def open(self, allocation: str) -> None:
        """Let the allocation's ports answer."""
        for port in self._taken.get(allocation, ()) if self._doorman else ():
            self._doorman.open(port)  # type: ignore[union-attr]  # only asked when there is one

    def shut(self, allocation: str) -> None:
        """Let the allocation's ports refuse connections, but keep them."""
        for port in self._taken.get(allocation, ()) if self._doorman else ():
            self._doorman.shut(port)  # type: ignore[union-attr]  # only asked when there is one

    def release(self, allocation: str) -> None:
        """Give the allocation's ports back."""
        for port in self._taken.pop(allocation, ()):
            self._used.discard(port)
            if self._doorman is not None:
                self._doorman.drop(port)

    def close(self) -> None:
        """Close every port."""
        if self._doorman is not None:
            self._doorman.close()


class _Doorman:
    """One thread that answers on any number of ports."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sockets: dict[int, socket.socket] = {}
        self._listening: set[int] = set()
        self._selector = selectors.DefaultSelector()
        self._wake, self._waker = socket.socketpair()
        self._selector.register(self._wake, selectors.EVENT_READ)
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="cluster-ports", daemon=True)
        self._thread.start()

    def bind(self, port: int) -> bool:
        door = _bound(port)
        if door is None:
            return False
        with self._lock:
            self._sockets[port] = door
        return True

    def open(self, port: int) -> None:
        with self._lock:
            if port in self._listening or port not in self._sockets:
                return
            self._sockets[port].listen()
            self._sockets[port].setblocking(False)
            self._selector.register(self._sockets[port], selectors.EVENT_READ)
            self._listening.add(port)
        self._nudge()

    def shut(self, port: int) -> None:
        with self._lock:
            if port not in self._listening:
                return
            self._discard(port)
            door = _bound(port)
            if door is not None:
                self._sockets[port] = door

    def drop(self, port: int) -> None:
        with self._lock:
            self._discard(port)

    def _discard(self, port: int) -> None:
        door = self._sockets.pop(port, None)
        if door is None:
            return
        if port in self._listening:
            self._selector.unregister(door)
            self._listening.discard(port)
        door.close()

    def close(self) -> None:
        self._ending = True
        self._nudge()
        self._thread.join()
        with self._lock:
            for port in list(self._sockets):
                self._discard(port)
        self._selector.close()
        self._wake.close()
        self._waker.close()

    def _nudge(self) -> None:
        with contextlib.suppress(OSError):
            self._waker.send(b".")

    def _run(self) -> None:
        while not self._ending:
            for key, _ in self._selector.select():
                if key.fileobj is self._wake:
                    self._wake.recv(1024)
                elif isinstance(key.fileobj, socket.socket):
                    self._answer(key.fileobj)

    def _answer(self, door: socket.socket) -> None:
        with contextlib.suppress(OSError):
            visitor, _ = door.accept()
            with visitor:
                visitor.settimeout(1)
                visitor.recv(65536)
                visitor.sendall(_ANSWER)


def _bound(port: int) -> socket.socket | None:
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        door.bind(("127.0.0.1", port))
    except OSError:
        door.close()
        return None
    return door
