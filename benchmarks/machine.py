"""Prepare this process for talking to this machine alone."""

import os

_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def go_direct() -> None:
    """Forget the proxies of the environment: they would be asked for loopback addresses, too."""
    for name in _PROXIES:
        os.environ.pop(name, None)
        os.environ.pop(name.upper(), None)
