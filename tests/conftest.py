"""What all tests share: golden files, and the rule that a test says what it proves."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

DATA = Path(__file__).parent / "data"

# How quickly examples are drawn and tried says something about the machine: on a fresh checkout the first one waits for
# hypothesis to make its tables of Unicode. No test may fail for that.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --golden, which rewrites the golden files instead of comparing with them."""
    parser.addoption("--golden", action="store_true", help="rewrite the golden files")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a test that does not say in a docstring what it proves; keep those on the real Nomad in one process.

    So that a run that is spread over several processes starts one agent, and not one for each of them.
    """
    silent = [item.nodeid for item in items if isinstance(item, pytest.Function) and not item.function.__doc__]
    if silent:
        raise pytest.UsageError(f"these tests have no docstring: {', '.join(silent)}")
    for item in items:
        if item.get_closest_marker("agent") is not None:
            item.add_marker(pytest.mark.xdist_group("agent"))


@dataclass(frozen=True)
class Golden:
    """Compares a value with the JSON or text file that holds what it should be."""

    rewrites: bool

    def check(self, name: str, value: object) -> None:
        """Compare the value with tests/data/<name>.json, or rewrite the file under --golden."""
        text = json.dumps(value, indent=2, ensure_ascii=False, sort_keys=False) + "\n"
        self._check(DATA / f"{name}.json", text)

    def check_text(self, name: str, text: str) -> None:
        """Compare a text with tests/data/<name>.txt, or rewrite the file under --golden."""
        self._check(DATA / f"{name}.txt", text if text.endswith("\n") else text + "\n")

    def _check(self, path: Path, text: str) -> None:
        if self.rewrites:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path} is missing: run `make golden` and review it"
        assert text == path.read_text(encoding="utf-8"), f"{path} differs: run `make golden` and review the difference"


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Give the golden files."""
    return Golden(rewrites=bool(request.config.getoption("--golden")))
