"""A reminder: what was seen, what is asked, what comes next, what would be lost, and how to say that it is wrong."""

from collections.abc import Callable

from slack_sdk.models.blocks import Block, ButtonElement, ConfirmObject, ImageBlock

from bot.domain.answers import EpisodeRef
from bot.domain.letters import Letter, Line
from bot.domain.policy import FindingKind
from handlers.ids import Action, BlockId, DeploymentKey, episode_value
from handlers.views import buttons, mrkdwn, wording
from handlers.views.elements import actions, button, context, marked, plain, section
from handlers.views.finding_texts import (
    figures,
    holdings,
    innocent_cause,
    observation,
    outlook,
    question,
    settled_text,
    why_now,
)
from handlers.views.message import Message

SHOWN = 10
"""Findings in one message; the rest is in `/ai4os reminders`."""
_LONGEST_TEXT = 3800
_PERSON = "Your GPU use"
_ABOUT_ME = (
    "This is my first reminder to you. GPUs are scarce here: the rule of the house is one a person, given back when it"
    " rests. So I ask about what seems to rest, once a working day at most and ever more seldom; {stops}. Choose your"
    " hour, or a pause, with `/ai4os reminders`."
)
_NO_STOP = "I stop nothing unless you say so"
_SOME_STOP = "nothing is stopped unless you say so, or a reminder has named the day and nobody answered until then"
_FOOT = "Your hour, a pause, and what you keep: `/ai4os reminders`. The figures at any time: `/ai4os why NAME`."
_WRONG = "If it is in use, please say so with the button."
_WHICH = "The button stops this one; any other one you stop in `/ai4os list`."
_PLACES = frozenset({FindingKind.QUEUED})
_ABOUT_USE = frozenset(
    {FindingKind.GPU_NEVER_USED, FindingKind.GPU_IDLE, FindingKind.ONE_GPU_IDLE, FindingKind.CPU_IDLE}
)
"""What can be wrong because it is in use; age, count and state are what they are."""
_SHARES = frozenset({FindingKind.OVER_ETIQUETTE})
_ABOUT_A_PERSON = frozenset({FindingKind.GPU_HEAVY})


def render(letter: Letter) -> Message:
    """Return the message as it should stand now."""
    shown = letter.lines[:SHOWN]
    head = _head(letter)
    blocks: list[Block] = [section(f"*{head}*", block_id=BlockId.HEAD)]
    for number, line in enumerate(shown):
        blocks += _blocks(line, letter.time_zone, number)
    if letter.file:
        blocks.append(_picture(letter))
    rest = len(letter.lines) - len(shown)
    if rest > 0:
        blocks.append(context(_more(rest), block_id=BlockId.NOTICES))
    foot = _foot(letter)
    blocks += [context(foot, block_id=BlockId.NOTE)] if foot else []
    return Message(_text(letter, head, mrkdwn.unmarked(foot)), blocks)


def _head(letter: Letter) -> str:
    open_ones = [line for line in letter.lines if line.settled is None]
    if not open_ones:
        return "All settled."
    asked = [line for line in open_ones if line.episode.kind not in _ABOUT_A_PERSON]
    if len(asked) > 1:
        return f"Questions about {len(asked)} deployments of yours"
    return "A question about a deployment of yours" if asked else _PERSON


def _foot(letter: Letter) -> str:
    """Return what is said once below all findings; nothing when there is nothing left to say."""
    if all(line.settled is not None for line in letter.lines):
        return ""
    return _ABOUT_ME.format(stops=_SOME_STOP if letter.stops_some else _NO_STOP) if letter.is_first else _FOOT


def _blocks(line: Line, zone: str, number: int) -> list[Block]:
    title = title_of(line)
    if line.settled is not None:
        text = f"{title}: {settled_text(line.settled, zone, line.episode.kind)}"
        return [section(text, block_id=BlockId.FINDING.numbered(number))]
    return [
        section(_body(line, zone, title, mrkdwn.name), block_id=BlockId.FINDING.numbered(number)),
        context(_small_print(line), block_id=BlockId.OUTLOOK_OF.numbered(number)),
        actions(choices(line), block_id=BlockId.CHOICES.numbered(number)),
    ]


def _body(line: Line, zone: str, title: str, called: Callable[[str], str]) -> str:
    held = wording.counted(_gpus(line), "GPU") if _gpus(line) else ""
    about = f"{title} ({held})" if held else title
    measured = f"{figures(line.episode)} {holdings(line, zone, called)}".strip()
    seen = f"{about}: {observation(line.episode, zone)} {measured}".strip()
    asked = f"{why_now(line)} {question(line)}".strip()
    return "\n".join(part for part in (seen, f"{asked} {outlook(line, zone)}".strip()) if part)


def _small_print(line: Line) -> str:
    kind = line.episode.kind
    if kind in _ABOUT_A_PERSON:
        return "One GPU held all the time makes 672 GPU-hours in four weeks."
    if kind in _PLACES:
        return "It has not started yet, so nothing is lost with it."
    loses = "Removing it takes its error messages away." if kind is FindingKind.FAILED else _losses(line)
    parts = (
        _WHICH if len(line.holdings) > 1 else "",
        loses,
        innocent_cause(kind),
        _WRONG if kind in _ABOUT_USE else "",
    )
    return " ".join(part for part in parts if part)


def _losses(line: Line) -> str:
    queue = " A new start may have to queue." if _gpus(line) else ""
    return f"Stopping loses the files outside `/storage`; a snapshot made in the Dashboard keeps them.{queue}"


def title_of(line: Line) -> str:
    """Return what a finding is about, escaped and marked up."""
    return f"*{_PERSON}*" if line.episode.kind in _ABOUT_A_PERSON else mrkdwn.name(line.episode.title)


def choices(line: Line) -> list[ButtonElement]:
    """Return the buttons of a finding, the expected answer first."""
    episode = line.episode
    value = episode_value(EpisodeRef(episode=episode.id, version=episode.version))
    if episode.kind in _ABOUT_A_PERSON:
        return [button("My deployments", Action.MENU_LIST)]
    details = button("Details", Action.REMINDER_DETAILS, value=value, spoken=f"Details about {episode.title}")
    keep = button(_keep_word(line), Action.REMINDER_KEEP, value=value, spoken=f"Keep {episode.title}")
    if episode.kind is FindingKind.FAILED:
        key = DeploymentKey(episode.namespace, episode.deployment)
        return [keep, button("Error and events", Action.DETAILS, value=str(key)), _stop(line, value)]
    if episode.kind not in _ABOUT_USE:
        return [keep, details, _stop(line, value)]
    wrong = button("It is in use", Action.REMINDER_IN_USE, value=value, spoken=f"{episode.title} is in use")
    return [keep, wrong, details, _stop(line, value)]


def _keep_word(line: Line) -> str:
    words = {
        FindingKind.LONG_RUNNING: "Still needed",
        FindingKind.OVER_ETIQUETTE: "I need them",
        FindingKind.ONE_GPU_IDLE: "I need them",
        FindingKind.QUEUED: "Go on waiting",
    }
    return words.get(line.episode.kind, "Keep it")


def _stop(line: Line, value: str) -> ButtonElement:
    episode = line.episode
    word = {FindingKind.FAILED: "Remove it", FindingKind.QUEUED: "Cancel it"}.get(episode.kind, "Stop it")
    dialog = ConfirmObject(
        title=plain(f"{word[:-3]} “{mrkdwn.one_line(episode.title, 60)}”?", 100),
        text=marked(_lost(line)),
        confirm=plain(word, 30),
        deny=plain("Leave it", 30),
        style="danger",
    )
    spoken = f"{word[:-3]} {episode.title}"
    return button(word, Action.REMINDER_STOP, value=value, style="danger", confirm=dialog, spoken=spoken)


def _lost(line: Line) -> str:
    gpus, freed = _gpus(line), ""
    if gpus:
        freed = " Its GPU becomes free for others." if gpus == 1 else " Its GPUs become free for others."
    if line.episode.kind is FindingKind.QUEUED:
        return buttons.NOTHING_LOST
    if line.episode.kind is FindingKind.FAILED:
        return f"It disappears from your list, with its error messages. What is under /storage stays.{freed}"
    return f"{buttons.LOST_WITH_IT}{freed}"


def _gpus(line: Line) -> int:
    """Return how many GPUs the deployment itself has; what a finding about a person counts is not its own."""
    evidence = line.episode.evidence
    return evidence.gpus if evidence and line.episode.kind not in _ABOUT_A_PERSON | _SHARES else 0


def _picture(letter: Letter) -> ImageBlock:
    """Return the picture; what it shows of each deployment is what was seen when it was drawn."""
    seen = [
        f"{mrkdwn.one_line(line.episode.title, 40)}: {observation(line.episode, letter.time_zone)}"
        for line in letter.lines[:SHOWN]
        if _gpus(line)
    ]
    text = " ".join(["Bars of the highest GPU use over the last days; grey where nothing is known.", *seen])
    return ImageBlock(block_id=BlockId.PICTURE, slack_file={"id": letter.file}, alt_text=mrkdwn.cut(text, 1900))


def _text(letter: Letter, head: str, foot: str) -> str:
    """Return the whole message for notifications and screen readers; what does not fit is counted."""
    left = _LONGEST_TEXT - len(head) - len(foot)
    lines: list[str] = []
    for line in letter.lines[:SHOWN]:
        told = _told(line, letter.time_zone)
        left -= len(told) + 1
        if left < 0:
            break
        lines.append(told)
    rest = len(letter.lines) - len(lines)
    return "\n".join(part for part in (head, *lines, mrkdwn.unmarked(_more(rest)) if rest else "", foot) if part)


def _told(line: Line, zone: str) -> str:
    title = _PERSON if line.episode.kind in _ABOUT_A_PERSON else _plain(line.episode.title)
    if line.settled is not None:
        return f"{title}: {settled_text(line.settled, zone, line.episode.kind)}"
    body = _body(line, zone, title, _plain).replace("\n", " ")
    return f"{body} {mrkdwn.unmarked(_small_print(line))}"


def _plain(title: str) -> str:
    return mrkdwn.foreign(title, 60)


def _more(rest: int) -> str:
    return f"… and {rest} more: `/ai4os reminders` shows all."
