"""The direction of imports, as far as import-linter cannot see it: the entry point is a file, not a package."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import app

ROOT = Path(__file__).parents[2]

ALONE = """
import sys
sys.modules["playground"] = None  # an import of it now fails
import app
assert not [name for name in sys.modules if name.split(".")[0] in {"tests", "pytest", "aiohttp"}], "test code imported"
"""


def in_a_fresh_interpreter(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a Python process of its own, without any of our settings, and return what came of it."""
    return subprocess.run(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_product_runs_without_the_playground() -> None:
    """`app` imports neither the playground nor anything that only tests have."""
    outcome = in_a_fresh_interpreter(ALONE)

    assert outcome.returncode == 0, outcome.stderr


def test_importing_the_product_does_nothing() -> None:
    """Importing `app` reads no settings, writes nothing and starts no thread: there are none, and still it works."""
    code = "import threading, app; print(threading.active_count())"

    outcome = in_a_fresh_interpreter(code)

    assert (outcome.stdout, outcome.stderr) == ("1\n", "")


def test_a_wrong_setting_stops_the_start_with_one_line(tmp_path: Path) -> None:
    """`python app.py` with a wrong setting prints one line, opens no database and ends with status 1."""
    environ = {"SLACK_BOT_TOKEN": "xoxb-sesame", "SLACK_APP_TOKEN": "xapp-sesame", "AI4OS_BOT_HTTP_PORT": "abc"}

    outcome = subprocess.run(  # noqa: S603 - our own interpreter and code
        [sys.executable, str(ROOT / "app.py")], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
    )

    assert outcome.returncode == 1
    assert outcome.stdout == ""
    assert outcome.stderr == "AI4OS_BOT_HTTP_PORT: 'abc' is not a port. Give a whole number from 1 to 65535.\n"
    assert list(tmp_path.iterdir()) == []


def test_the_bot_calls_itself_what_the_project_does() -> None:
    """The version that checks compare is the one that is released."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["version"] == app.VERSION


def test_only_the_entry_point_reads_the_environment() -> None:
    """`os.environ` and `os.getenv` are nowhere in the product but in app.py."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for package in ("bot", "handlers", "jobs")
        for path in sorted((ROOT / package).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    ]

    assert found == []


def test_every_module_says_what_it_is_for() -> None:
    """Each module of the product begins with one sentence."""
    silent = [
        str(path.relative_to(ROOT))
        for package in ("bot", "handlers", "jobs", "playground")
        for path in sorted((ROOT / package).rglob("*.py"))
        if not (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0].endswith(".")
    ]

    assert silent == []
