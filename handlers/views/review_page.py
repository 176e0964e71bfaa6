"""`/ai4os admin review`: how reminders are, and lists of what an administrator may have to act on, one at a time."""

from collections.abc import Callable, Sequence
from enum import StrEnum

from slack_sdk.models.blocks import Block, InteractiveElement, StaticSelectElement
from slack_sdk.models.views import View

from bot.domain.episodes import Episode
from bot.domain.operation import JobName
from bot.domain.reminders import Exemption
from bot.domain.review import Review
from handlers.ids import Action, BlockId, Callback, DeploymentKey
from handlers.views import admin_words as words
from handlers.views import mrkdwn, wording
from handlers.views.elements import actions, button, context, facts, modal, option, section
from handlers.views.finding_texts import duration

TITLE = "Reminders"
PAGE = 8
_MACHINES = 8
_COMMANDS = "`/ai4os admin go live` · `go dry` · `pause` · `resume` · `exempt NAME` · `audit`"
_ELSEWHERE = "Lists are of the platforms that you administer; counts are of all."


class Part(StrEnum):
    """What the window can show."""

    OVERVIEW = "overview"
    IDLE = "idle"
    UNANSWERED = "unanswered"
    OPERATORS = "operators"
    PLAN = "plan"
    EXEMPTIONS = "exemptions"


_NOTHING = {
    Part.IDLE: "Nothing rests, as far as that is known.",
    Part.UNANSWERED: "Everybody who was asked often enough has answered, and everybody can be asked.",
    Part.OPERATORS: "There is nothing to repair.",
    Part.PLAN: "Nobody would be told anything.",
    Part.EXEMPTIONS: "Nothing is exempt.",
}
Row = tuple[str, Sequence[InteractiveElement]]


def render(review: Review, zone: str, *, part: Part = Part.OVERVIEW, page: int = 0) -> View:
    """Return the window with one part of the review, by the reader's clock."""
    blocks: list[Block] = [_choice(review, part)]
    if part is Part.OVERVIEW:
        blocks += _overview(review, zone)
    else:
        blocks += _listed(_rows(review, part, zone), part, page)
    return modal(TITLE, blocks, callback=Callback.ADMIN_REVIEW)


def place(value: str) -> tuple[Part, int]:
    """Return which part and page a button or a choice stands for; the beginning for what is none."""
    name, _, number = value.partition(":")
    part = next((each for each in Part if each.value == name), Part.OVERVIEW)
    return part, int(number) if number.isdecimal() and len(number) <= 4 else 0  # noqa: PLR2004 - no list is longer


def exemption_value(exemption: Exemption) -> str:
    """Return what the button of an exemption holds."""
    kind = exemption.kind.name if exemption.kind else ""
    return f"{exemption.deployment or ''}|{kind}|{exemption.owner_email}"


def _choice(review: Review, part: Part) -> Block:
    labels = {
        Part.OVERVIEW: "Overview",
        Part.IDLE: f"At rest now ({len(review.idle)})",
        Part.UNANSWERED: f"No answer, or nobody to ask ({len(review.unanswered)})",
        Part.OPERATORS: f"For operators ({len(review.for_operators)})",
        Part.PLAN: f"{'Will' if not review.is_held_back else 'Would'} be sent ({len(review.planned)})",
        Part.EXEMPTIONS: f"Exempt ({len(review.exemptions)})",
    }
    options = {each: option(label, f"{each}:0") for each, label in labels.items()}
    select = StaticSelectElement(
        action_id=Action.REVIEW_PART, options=list(options.values()), initial_option=options[part]
    )
    return actions([select], block_id=BlockId.PART)


def _overview(review: Review, zone: str) -> list[Block]:
    changed = words.changed(review.mode, zone)
    state = "\n".join(part for part in (words.state(review, zone), changed) if part)
    blocks: list[Block] = [section(state, block_id=BlockId.HEAD)]
    if review.breakers:
        held = [words.obstacle(each, zone) for each in review.breakers]
        shown = words.several(held, most=len(held), mark=":no_entry:")
        blocks.append(section(shown, block_id=BlockId.OBSTACLES))
    blocks.append(facts(_figures(review), block_id=BlockId.FACTS))
    blocks.append(section(words.answers(review), block_id=BlockId.ANSWERS))
    jobs = "\n".join(["*When each job has last succeeded*", *(words.job(name, review) for name in JobName)])
    blocks.append(section(jobs, block_id=BlockId.JOBS))
    if review.silent_nodes:
        blocks.append(section(_machines(review, zone), block_id=BlockId.MACHINES))
    blocks.append(section(_channel(review), block_id=BlockId.NOTICES))
    note = _COMMANDS if review.covers_all else f"{_COMMANDS}\n{_ELSEWHERE}"
    return [*blocks, context(note, block_id=BlockId.NOTE)]


def _figures(review: Review) -> list[tuple[str, str]]:
    told = f"{review.gpus_told} of {review.gpus_held}" if review.gpus_held else "none held"
    waits = duration(review.longest_wait) if review.longest_wait else "nobody waits too long"
    return [
        ("Deployments measured", str(review.watched)),
        ("GPUs that tell their use", told),
        ("At rest now", f"{len(review.idle)}, {words.hours(review.idle_gpu_hours)} held meanwhile"),
        ("Longest wait", waits),
        ("People to be told", str(review.people_planned)),
        ("Policy", mrkdwn.code(review.policy, 12)),
    ]


def _machines(review: Review, zone: str) -> str:
    lines = [words.machine(each, zone) for each in review.silent_nodes]
    return words.several(lines, most=_MACHINES, heading="*Machines that tell nothing*")


def _channel(review: Review) -> str:
    if not review.channel:
        return (
            ":warning: No channel is set, so the weekly digest, the plan and alarms are posted nowhere: set `channel`"
            " under `reminders` in the configuration file."
        )
    where = mrkdwn.code(review.channel, 40)
    trouble = mrkdwn.foreign(wording.closed(review.channel_trouble), 300)
    ail = f"\n:warning: The newest report could not be posted: {trouble}" if review.channel_trouble else ""
    return f"Reports go to the channel {where}.{ail}"


def _rows(review: Review, part: Part, zone: str) -> list[Row]:
    rows: dict[Part, Callable[[], list[Row]]] = {
        Part.IDLE: lambda: [(words.idle(each, zone), _buttons(each.episode)) for each in review.idle],
        Part.UNANSWERED: lambda: [(words.unanswered(each, zone), _buttons(each.episode)) for each in review.unanswered],
        Part.OPERATORS: lambda: [(words.for_operator(each, zone), _buttons(each)) for each in review.for_operators],
        Part.PLAN: lambda: [(words.planned(each, zone), ()) for each in review.planned],
        Part.EXEMPTIONS: lambda: [(words.exemption(each, zone), [_ending(each)]) for each in review.exemptions],
    }
    return rows[part]()


def _listed(rows: Sequence[Row], part: Part, page: int) -> list[Block]:
    if not rows:
        return [section(_NOTHING[part], block_id=BlockId.TEXT)]
    pages = -(-len(rows) // PAGE)
    page = max(0, min(page, pages - 1))
    blocks: list[Block] = []
    for number, (text, elements) in enumerate(rows[page * PAGE : (page + 1) * PAGE], start=page * PAGE):
        blocks.append(section(text, block_id=BlockId.ROW.numbered(number)))
        if elements:
            blocks.append(actions(elements, block_id=BlockId.ROW_BUTTONS.numbered(number)))
    turning: list[InteractiveElement] = []
    if page > 0:
        turning.append(button("Previous", Action.REVIEW_PREVIOUS, value=f"{part}:{page - 1}"))
    if page + 1 < pages:
        turning.append(button("Next", Action.REVIEW_NEXT, value=f"{part}:{page + 1}"))
    if turning:
        blocks.append(actions(turning, block_id=BlockId.PAGES))
        blocks.append(context(f"Page {page + 1} of {pages}", block_id=BlockId.NOTE))
    return blocks


def _buttons(episode: Episode) -> list[InteractiveElement]:
    """Return what can be done about a deployment; about a person as such there is nothing to click."""
    if not episode.deployment:
        return []
    value = str(DeploymentKey(episode.namespace, episode.deployment))
    return [
        button("Details", Action.REVIEW_DETAILS, value=value, spoken=f"Details about {episode.title}"),
        button("Exempt …", Action.REVIEW_EXEMPT, value=value, spoken=f"Exempt {episode.title}"),
    ]


def _ending(exemption: Exemption) -> InteractiveElement:
    what = exemption.title or exemption.owner_email or "it"
    return button("End it", Action.EXEMPTION_END, value=exemption_value(exemption), spoken=f"End exempting {what}")
