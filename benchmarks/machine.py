"""Prepare this process for a measurement."""

import gc
import os

_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def go_direct() -> None:
    """Forget the proxies of the environment: they would be asked for loopback addresses, too."""
    for name in _PROXIES:
        os.environ.pop(name, None)
        os.environ.pop(name.upper(), None)


def leave_alone_what_is_there() -> None:
    """Collect garbage now, and let the collector never look again at what exists.

    Workspaces and a cluster in the same process are so many objects that a full collection stops everything for tenths
    of a second.
    """
    gc.collect()
    gc.freeze()
