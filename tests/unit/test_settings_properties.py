"""Whatever a site writes into its configuration: it loads, or one line says what is wrong."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import SettingsError
from bot.settings import load
from bot.settings.keys import CONFIG, KEYS
from bot.settings.schema import KNOWN

TOKENS = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}
NAMES = [key.name for key in KEYS if key.name != CONFIG] + [key.file_name for key in KEYS if key.is_secret]
ODD_VALUES = [
    "",
    "true",
    "3000",
    "~nobody",
    "\x00",
    "http://[",
    "http://a:b",
    "http://h:-1",
    "https://{",
    "everyone",
    "usergroup:x",
    "a@b",
    "sqlite://",
    "postgresql://a:b@",
]
WORDS = [*KNOWN, *KNOWN["platforms"]["*"], *KNOWN["limits"], "maximum", "template", "ai4eosc", "new", "slack", ""]

texts = st.text(max_size=20) | st.sampled_from(ODD_VALUES)
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
keys = st.sampled_from(WORDS) | st.text(max_size=3)
trees = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4), max_leaves=10
)
files = st.dictionaries(keys, trees, max_size=3) | st.fixed_dictionaries(
    {"platforms": st.dictionaries(keys, st.dictionaries(keys, trees, max_size=4), max_size=3)}
)


def outcome(environ: dict[str, str]) -> str:
    """Load the settings and return their text, or the line that says why they cannot be."""
    try:
        return repr(load(environ, dotenv=None).platforms)
    except SettingsError as error:
        return str(error)


@given(variables=st.dictionaries(st.sampled_from(NAMES), texts, max_size=4))
def test_any_environment_loads_or_is_told_in_one_line(variables: dict[str, str]) -> None:
    """No value of any variable brings about anything but settings or a line that can be printed."""
    assert outcome(TOKENS | variables).isprintable()


@settings(deadline=None)
@given(content=files | trees)
def test_any_file_loads_or_is_told_in_one_line(content: object, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No content of the YAML file, wrong kinds of values included, brings about anything else either."""
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(json.dumps(content), encoding="utf-8")  # JSON is YAML, too

    assert outcome(TOKENS | {CONFIG: str(path)}).isprintable()


@given(text=st.text(max_size=40))
def test_any_text_as_file_loads_or_is_told_in_one_line(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Not even a text that is no YAML does."""
    path = tmp_path_factory.getbasetemp() / "any-text.yaml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")

    assert outcome(TOKENS | {CONFIG: str(path)}).isprintable()
