"""Keep the process small: what Python and the C library do with memory by themselves suits other programs."""

import ctypes
import gc

_M_ARENA_MAX = -8  # of mallopt(3)
_ARENAS = 2


def use_few_arenas() -> bool:
    """Let all threads take their memory from two places; to be called before there are threads.

    By themselves glibc's threads have up to eight of them for each processor, and what is free in one is of no use to
    the others: with our hundred threads memory grows for a day. False where the C library has no such setting, and
    needs none.
    """
    try:
        return bool(ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS))
    except (OSError, TypeError, AttributeError):
        return False


def spare_the_collector() -> None:
    """Let no collection of garbage look again at what is there: it would stop everybody for a moment each time."""
    gc.collect()
    gc.freeze()
