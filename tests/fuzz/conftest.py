"""The fuzz tests' time: under `--fuzz-minutes` every test is repeated with new examples until its share is over."""

import time
from collections.abc import Generator

import pytest

from tests.fuzz import profiles

__all__ = ["profiles"]  # it registers what `--hypothesis-profile=long` names


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --fuzz-minutes, which all tests of this folder share."""
    parser.addoption("--fuzz-minutes", type=float, default=0.0, help="how long to look for what breaks, all in all")


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Repeat a test while its share of the time lasts; one run is enough without the option."""
    share = float(pyfuncitem.config.getoption("--fuzz-minutes", 0.0)) * 60 / max(1, pyfuncitem.session.testscollected)
    until = time.monotonic() + share
    result = yield
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    while time.monotonic() < until:
        pyfuncitem.obj(**arguments)
    return result
