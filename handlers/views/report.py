"""What is posted to the administrators' channel: short, in figures, with names only where somebody must act."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from slack_sdk.models.blocks import Block

from bot.domain.addressees import Reach
from bot.domain.review import Report, ReportKind, Review
from handlers.ids import BlockId
from handlers.views import admin_words as words
from handlers.views import wording
from handlers.views.elements import context, header, section
from handlers.views.message import Message

MOST = 6
"""How many lines a list has; the rest is in the review."""
MOST_PLANNED = 10
_MORE = "Everything else: `/ai4os admin review`"
_DRY = "Not right? `/ai4os admin exempt NAME` keeps one out of it. Owners hear after `/ai4os admin go live`."


def render(report: Report) -> Message:
    """Return a report as a message, by the platform's clock."""
    if report.kind is ReportKind.ALARM:
        return _alarm(report)
    return _weekly(report.review) if report.kind is ReportKind.WEEKLY else _plan(report.review)


def _weekly(review: Review) -> Message:
    zone = review.time_zone
    week = review.at.astimezone(ZoneInfo(zone)).isocalendar().week
    head = [words.state(review, zone), words.at_rest(review), words.answers(review)]
    return _message(
        f"Reminders, week {week}",
        [
            ("", head, BlockId.SUMMARY),
            ("", [f":no_entry: {words.obstacle(each, zone)}" for each in review.breakers], BlockId.OBSTACLES),
            ("To be repaired", _troubles(review), BlockId.JOBS),
            (
                "Owners who do not answer, or cannot be asked",
                [words.unanswered(each, zone) for each in review.unanswered],
                BlockId.UNANSWERED,
            ),
            ("For operators", [words.for_operator(each, zone) for each in review.for_operators], BlockId.FOR_OPERATORS),
        ],
        note=_MORE,
    )


def _plan(review: Review) -> Message:
    zone = review.time_zone
    people = [each for each in review.planned if each.reach is Reach.PERSON]
    others = [each for each in review.planned if each.reach is not Reach.PERSON]
    findings = sum(len(each.episodes) for each in people)
    told = f"{_people(len(people))} would be told of {wording.counted(findings, 'finding')}"
    nobody = "nobody would be told anything"
    head = [
        f"Owners hear nothing yet. If they did, {told if people else nobody}.",
        words.at_rest(review),
    ]
    return _message(
        "Reminders, dry run",
        [
            ("", head, BlockId.SUMMARY),
            ("What would be sent", [words.planned(each, zone) for each in people], BlockId.PLANNED),
            ("Nobody to ask", [words.planned(each, zone) for each in others], BlockId.UNANSWERED),
            ("", [f":no_entry: {words.obstacle(each, zone)}" for each in review.breakers], BlockId.OBSTACLES),
            ("To be repaired", _troubles(review), BlockId.JOBS),
            ("For operators", [words.for_operator(each, zone) for each in review.for_operators], BlockId.FOR_OPERATORS),
        ],
        note=f"{_DRY} {_MORE}",
        most=MOST_PLANNED,
    )


def _alarm(report: Report) -> Message:
    zone = report.review.time_zone
    if report.breaker is not None:
        text = words.obstacle(report.breaker, zone)
    elif report.overdue is not None:
        text = f"{words.standstill(report.overdue, zone)} Without fresh readings and checks nobody is told anything."
    else:
        text = "Something is wrong with reminders."
    text = f":rotating_light: {text}"
    blocks: list[Block] = [section(text, block_id=BlockId.TEXT), context(_MORE, block_id=BlockId.NOTE)]
    return Message(f"{text}\n{_MORE}", blocks)


def _troubles(review: Review) -> list[str]:
    zone = review.time_zone
    return [
        *(words.standstill(each, zone) for each in review.overdue),
        *(words.machine(each, zone) for each in review.silent_nodes),
    ]


def _message(
    title: str, parts: Sequence[tuple[str, Sequence[str], BlockId]], *, note: str, most: int = MOST
) -> Message:
    """Return the parts that have something to say; each list is cut to its first lines."""
    blocks: list[Block] = [header(title, block_id=BlockId.HEAD)]
    texts = [title]
    for name, lines, block_id in parts:
        if lines:
            text = words.several(lines, most=most, heading=f"*{name}*") if name else "\n".join(lines)
            blocks.append(section(text, block_id=block_id))
            texts.append(text)
    blocks.append(context(note, block_id=BlockId.NOTE))
    return Message("\n".join(_within([*texts, note])), blocks)


def _within(texts: Sequence[str], limit: int = 3900) -> list[str]:
    """Return as many of the texts as a notification takes; the message itself has them all."""
    kept: list[str] = []
    for text in texts:
        if sum(len(each) + 1 for each in kept) + len(text) > limit:
            break
        kept.append(text)
    return kept


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number} people"
