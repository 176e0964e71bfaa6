"""What is posted to the administrators' channel."""

import pytest

from bot.domain.answers import Answer
from bot.domain.operation import JobName
from bot.domain.review import Overdue, Report, ReportKind, Review
from handlers.views import report
from tests.conftest import Golden
from tests.views.checking import elements, sent_message, texts
from tests.views.review_examples import BLIND, BUSY, DRY, FRESH, GREATEST, HOUR, MONDAY, QUIET, WAVE


def weekly(review: Review) -> Report:
    """Return the digest of a week."""
    return Report(key="weekly/2026-W24", kind=ReportKind.WEEKLY, review=review)


def plan(review: Review) -> Report:
    """Return the plan of a dry run."""
    return Report(key="plan/2026-06-08", kind=ReportKind.PLAN, review=review)


@pytest.mark.parametrize(("name", "review"), [("quiet", QUIET), ("busy", BUSY)])
def test_the_digest_of_the_week_looks_as_it_should(golden: Golden, name: str, review: Review) -> None:
    """Figures first, then what somebody must act on, if anything."""
    golden.check(f"views/admin_report_weekly_{name}", sent_message(report.render(weekly(review))))


@pytest.mark.parametrize(
    ("told", "answers", "words"),
    [
        (7, {}, "7 findings were told: no answer yet. None of 7 was called wrong."),
        (7, {Answer.IN_USE: 1}, "1 called wrong. 1 of 7 was called wrong."),
        (29, {Answer.IN_USE: 2}, "2 called wrong. 2 of 29 were called wrong."),
        (30, {Answer.IN_USE: 3}, "3 called wrong. That is 10.0 wrong in a hundred."),
        (30, {}, "no answer yet. That is 0.0 wrong in a hundred."),
    ],
)
def test_a_few_findings_make_no_rate(told: int, answers: dict[str, int], words: str) -> None:
    """Of fewer than thirty it is said how many were called wrong, and nothing of a hundred."""
    review = QUIET.model_copy(update={"told": told, "answers": answers})

    assert words in texts(sent_message(report.render(weekly(review))))


def test_what_no_driver_tells_is_nothing_to_repair() -> None:
    """A part of a card looks like a hole for ever: operators read that, and how to hide it."""
    shown = texts(sent_message(report.render(weekly(BUSY))))

    assert "If it holds a part of a card (MIG), no driver tells that, and there is nothing to repair" in shown
    assert '`/ai4os admin exempt 1b4e28ba --kind telemetry-hole --until 90 --reason "a part of a card"`' in shown


@pytest.mark.parametrize(("name", "review"), [("empty", FRESH), ("full", DRY)])
def test_the_plan_looks_as_it_should(golden: Golden, name: str, review: Review) -> None:
    """Who would be told what and when, and who cannot be."""
    golden.check(f"views/admin_report_plan_{name}", sent_message(report.render(plan(review))))


def test_alarms_look_as_they_should(golden: Golden) -> None:
    """What has happened, since when, what follows, and what to do."""
    late = [
        Overdue(job=JobName.MEASURE, since=MONDAY - HOUR, detail="Nomad cannot be reached."),
        Overdue(job=JobName.CHECK, since=None),
    ]
    alarms = [
        *(Report(key="a", kind=ReportKind.ALARM, review=QUIET, breaker=each) for each in (WAVE, BLIND)),
        *(Report(key="a", kind=ReportKind.ALARM, review=QUIET, overdue=each) for each in late),
    ]

    golden.check("views/admin_report_alarms", [sent_message(report.render(each)) for each in alarms])


@pytest.mark.parametrize("kind", ReportKind, ids=str)
def test_the_greatest_report_fits(kind: ReportKind) -> None:
    """Lists are cut, whatever people have called their deployments."""
    assert sent_message(report.render(Report(key="k", kind=kind, review=GREATEST, breaker=GREATEST.breakers[0])))


def test_nobody_who_answers_is_named_in_the_digest() -> None:
    """There is no list of who holds most: names stand only where an administrator has to act."""
    text = sent_message(report.render(weekly(BUSY.model_copy(update={"unanswered": (), "for_operators": ()}))))["text"]

    assert "@example.org" not in text


def test_reports_have_no_buttons() -> None:
    """Whoever reads a channel may be no administrator; acting goes by commands, which are checked."""
    reports = (weekly(BUSY), plan(DRY))

    assert [elements(sent_message(report.render(each))) for each in reports] == [{}, {}]
