"""Foreign text made fit to be shown."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.views import mrkdwn

AT = datetime(2026, 3, 4, 11, 30, tzinfo=timezone(timedelta(hours=1)))
TEXTS = st.text(max_size=300) | st.text("&<>`*_~ \n\u202e", max_size=300)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a & b", "a &amp; b"),
        ("<!channel> <@U1>", "&lt;!channel&gt; &lt;@U1&gt;"),
        ("  many \n spaces\t", "many spaces"),
        ("right\u202eleft\x00", "right left"),
        ("", "–"),
        (" \n ", "–"),
    ],
)
def test_foreign_text_becomes_one_harmless_line(text: str, shown: str) -> None:
    """Three characters are escaped, control characters go, nothing is never empty."""
    assert mrkdwn.foreign(text, 100) == shown


@given(TEXTS, st.integers(2, 60))
def test_texts_fit_whatever_is_in_them(text: str, limit: int) -> None:
    """Cutting counts what Slack counts, and no character of Slack's own is left."""
    shown = mrkdwn.foreign(text, limit)
    assert 1 <= len(shown) <= limit
    assert "<" not in shown
    assert ">" not in shown


@given(TEXTS, st.integers(2, 60))
def test_no_entity_is_cut_in_two(text: str, limit: int) -> None:
    """Every ampersand that is left begins a whole entity."""
    shown = mrkdwn.escape_within(text, limit)
    rest = shown.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
    assert "&" not in rest


@given(TEXTS)
def test_code_cannot_be_left(text: str) -> None:
    """A code span holds no backtick but its own two."""
    assert mrkdwn.code(text).count("`") == 2


@pytest.mark.parametrize(
    ("title", "shown"), [("Plankton run", "*Plankton run*"), ("my_run_*2*", "`my_run_*2*`"), ("a`b", "`a'b`")]
)
def test_names_are_bold_unless_that_would_break(title: str, shown: str) -> None:
    """A title with formatting characters is code instead."""
    assert mrkdwn.name(title) == shown


def test_times_are_shown_in_the_readers_zone_with_utc_beside() -> None:
    """The token carries the moment, the fallback says UTC."""
    expected = f"<!date^{int(AT.timestamp())}^{{date_short_pretty}} at {{time}}|2026-03-04 10:30 UTC>"
    assert mrkdwn.date(AT) == expected
    assert mrkdwn.date(AT.astimezone(UTC)) == expected


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://x.example/a", "<https://x.example/a|here>"),
        ("https://x.example/a?b=1&c=2", "<https://x.example/a?b=1&amp;c=2|here>"),
        ("https://x.example/a|b> <!here>", "<https://x.example/a%7Cb%3E%20%3C!here%3E|here>"),
        ("javascript:alert(1)", "here: `javascript:alert(1)`"),
    ],
)
def test_links_lead_only_where_they_say(url: str, shown: str) -> None:
    """Characters that would end the link are encoded; what is no web address is no link."""
    assert mrkdwn.link(url, "here") == shown
