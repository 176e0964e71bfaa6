"""What the fuzz tests put in place of what is expected: texts that mean something elsewhere, and any JSON at all."""

from typing import Any

from hypothesis import strategies as st

TEXTS = (
    "",
    " ",
    "\x00",
    "\ud800",
    "a\ud800b\udfff",
    "٣",
    "½",
    "2.5",
    "1e3",
    "-1",
    "9" * 5000,
    "NaN",
    "${NOMAD_SECRETS_DIR}",
    "{{ key }}",
    "[[ job ]]",
    "`id`",
    "$(id)",
    "'; DROP TABLE submissions; --",
    '" or Meta is not empty or "" == "',
    "../../../etc/passwd",
    "<!channel> <@U0BOB> <https://evil.example|click>",
    "&lt;!channel&gt;",
    "*bold* _it_ ~gone~",
    "\u202egnp.exe",
    "שלום עולם",
    "🧪👩‍🔬",
    "line\nbreak\r\nand\ttab",
    "|",
    "a|b|c",
    "x" * 3001,
)

texts = st.one_of(st.sampled_from(TEXTS), st.text(st.characters(codec=None), max_size=40))
leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts)
anything = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)

Path = tuple[str | int, ...]


def places(node: Any, here: Path = ()) -> list[Path]:
    """Return the way to every value inside a JSON tree."""
    inside: list[tuple[str | int, Any]] = []
    if isinstance(node, dict):
        inside = list(node.items())
    elif isinstance(node, list):
        inside = list(enumerate(node))
    return [way for key, value in inside for way in ((*here, key), *places(value, (*here, key)))]


def changed(node: Any, way: Path, value: Any) -> Any:
    """Return a copy of a JSON tree with another value at one place; `...` takes the place away."""
    if not way:
        return value
    key: Any = way[0]
    rest = way[1:]
    copied: Any = dict(node) if isinstance(node, dict) else list(node)
    if not rest and value is ...:
        del copied[key]
    else:
        copied[key] = changed(copied[key], rest, value)
    return copied


def found(node: Any, way: Path) -> Any:
    """Return what stands at a place of a JSON tree."""
    for key in way:
        node = node[key]
    return node
