"""Plain text from markdown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalog.markdown import plain_line, plain_text, shorten


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("<imgclass='fit', src='https://a.org/b.png'/>x", "x"),
        ("a <b>bold</b> <i>word</i>", "a bold word"),
        ("see <https://a.org/b>", "see https://a.org/b"),
        ("[https://a.org](https://a.org)", "https://a.org"),
        ("[inside](docs/readme.md)", "inside"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("a &lt;b&gt; c", "a <b> c"),
        ("snake_case_name and **strong**", "snake_case_name and strong"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("<!-- hidden --> shown", "shown"),
        ("<script>alert(1)</script>x", "x"),
        ("```python\ncode\n```", "code"),
        ("### Head\ntext", "Head\ntext"),
    ],
)
def test_markup_is_taken_off(written: str, expected: str) -> None:
    """What is markup goes, what is text stays."""
    assert plain_text(written, limit=100) == expected


def test_long_texts_are_cut_at_a_word() -> None:
    """A cut shows, and no word is torn where a space is near."""
    assert shorten("one two three four", 10) == "one two…"
    assert shorten("o" * 20, 10) == "o" * 9 + "…"


@given(st.text(max_size=400), st.integers(min_value=1, max_value=50))
def test_a_line_is_one_line_within_its_limit(text: str, limit: int) -> None:
    """Whatever is written, a line stays a line of bounded length."""
    line = plain_line(text, limit=limit)

    assert len(line) <= limit
    assert len(line.splitlines()) <= 1
