"""What administrators see of reminders, in windows."""

import pytest

from bot.domain.operation import JobName
from bot.domain.records import AuditEntry
from bot.domain.review import Review
from handlers.ids import Action
from handlers.views import audit_page, review_page
from handlers.views.review_page import Part
from tests.conftest import Golden
from tests.views.checking import elements, sent_view, texts
from tests.views.examples import HOSTILE
from tests.views.review_examples import BUSY, DRY, EXEMPT, FRESH, GREATEST, MINUTE, MONDAY, QUIET, ZONE


@pytest.mark.parametrize(("name", "review"), [("fresh", FRESH), ("quiet", QUIET), ("busy", BUSY), ("dry", DRY)])
def test_overview_looks_as_it_should(golden: Golden, name: str, review: Review) -> None:
    """Whether owners hear, what holds reminders back, figures, answers, jobs, machines, and the channel."""
    golden.check(f"views/admin_review_overview_{name}", sent_view(review_page.render(review, ZONE)))


@pytest.mark.parametrize("part", [part for part in Part if part is not Part.OVERVIEW], ids=str)
def test_lists_look_as_they_should(golden: Golden, part: Part) -> None:
    """A line for each, with what can be done about it; or that there is nothing."""
    golden.check(f"views/admin_review_{part}", sent_view(review_page.render(BUSY, ZONE, part=part)))
    golden.check(f"views/admin_review_{part}_empty", sent_view(review_page.render(FRESH, ZONE, part=part)))


@pytest.mark.parametrize("part", Part, ids=str)
def test_the_greatest_review_fits(part: Part) -> None:
    """Whatever people have called their deployments, and however many there are."""
    assert sent_view(review_page.render(GREATEST, ZONE, part=part, page=3))


def test_long_lists_have_pages() -> None:
    """A page that is not there gives the last."""
    first = elements(sent_view(review_page.render(GREATEST, ZONE, part=Part.IDLE)))
    last = elements(sent_view(review_page.render(GREATEST, ZONE, part=Part.IDLE, page=99)))

    assert (first[Action.REVIEW_NEXT]["value"], Action.REVIEW_PREVIOUS in first) == ("idle:1", False)
    assert (last[Action.REVIEW_PREVIOUS]["value"], Action.REVIEW_NEXT in last) == ("idle:11", False)


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ("idle:3", (Part.IDLE, 3)),
        ("plan:0", (Part.PLAN, 0)),
        ("idle", (Part.IDLE, 0)),
        ("idle:99999", (Part.IDLE, 0)),
        ("idle:-1", (Part.IDLE, 0)),
        ("nowhere:2", (Part.OVERVIEW, 2)),
        ("", (Part.OVERVIEW, 0)),
    ],
)
def test_what_a_button_holds_is_read_with_care(value: str, place: tuple[Part, int]) -> None:
    """Slack hands it back unchanged at best."""
    assert review_page.place(value) == place


def test_without_a_channel_the_review_says_so() -> None:
    """And what to do about it."""
    assert "No channel is set" in texts(sent_view(review_page.render(FRESH, ZONE)))
    assert "No channel is set" not in texts(sent_view(review_page.render(QUIET, ZONE)))


def test_a_job_that_never_ran_says_so() -> None:
    """Nothing is taken for a success."""
    never = FRESH.model_copy(update={"done": (), "runs": ()})

    assert f"{JobName.MEASURE}: not yet" in texts(sent_view(review_page.render(never, ZONE)))


def test_an_exemption_can_be_ended_from_the_list() -> None:
    """The button says exactly which."""
    view = sent_view(review_page.render(QUIET, ZONE, part=Part.EXEMPTIONS))

    assert elements(view)[Action.EXEMPTION_END]["value"] == "|LONG_RUNNING|bob@example.org"
    assert review_page.exemption_value(EXEMPT) == f"{EXEMPT.deployment}||"


def test_the_audit_log_looks_as_it_should(golden: Golden) -> None:
    """When, who, what, to what, why; ten a page."""
    entries = [
        AuditEntry(at=MONDAY, actor="UGRACE", action="reminders gone live", detail="policy 1a2b3c4d: it was fine"),
        AuditEntry(at=MONDAY, actor="UADA", action="stopped", deployment="1b4e28ba", reference="9f3c"),
        AuditEntry(at=MONDAY, actor="reminders", action="reminded", detail="UADA: 1b4e28ba/run/gpu_idle/1 step 1"),
    ]
    many = [*entries, *(AuditEntry(at=MONDAY - n * MINUTE, actor="UBOB", action=f"act {n}") for n in range(20))]

    golden.check("views/admin_audit", sent_view(audit_page.render(entries, ZONE, limit=100)))
    golden.check("views/admin_audit_second_page", sent_view(audit_page.render(many, ZONE, limit=100, page=1)))
    golden.check("views/admin_audit_empty", sent_view(audit_page.render([], ZONE, limit=100)))


def test_the_worst_entries_fit() -> None:
    """Nothing in them is interpreted."""
    entry = AuditEntry(
        at=MONDAY, actor=HOSTILE, action=HOSTILE, deployment=HOSTILE, detail=HOSTILE * 3, reference=HOSTILE
    )

    assert "<!channel>" not in texts(sent_view(audit_page.render([entry] * 30, ZONE, limit=200)))
