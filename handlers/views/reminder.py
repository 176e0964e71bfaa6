"""A reminder: what was seen, what is asked, what comes next, what would be lost, and how to say that it is wrong."""

from slack_sdk.models.blocks import Block, ButtonElement, ConfirmObject, ImageBlock

from bot.domain.answers import EpisodeRef
from bot.domain.letters import Letter, Line
from bot.domain.policy import FindingKind
from handlers.ids import Action, BlockId, DeploymentKey, episode_value
from handlers.views import buttons, mrkdwn, wording
from handlers.views.elements import actions, button, context, marked, plain, section
from handlers.views.finding_texts import (
    figures,
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
_LONGEST_TEXT = 3900
_ABOUT_ME = (
    "I look after the deployments of this platform. GPUs are scarce here, so I ask about those that seem to rest:"
    " once on a working day at most, and ever more seldom. Choose your hour, or a pause, with `/ai4os reminders`."
)
_WRONG = "If it is in use, please say so with the button."
_PLACES = frozenset({FindingKind.QUEUED})
_SHARES = frozenset({FindingKind.OVER_ETIQUETTE})
_ABOUT_A_PERSON = frozenset({FindingKind.GPU_HEAVY})


def render(letter: Letter) -> Message:
    """Return the message as it should stand now."""
    shown = letter.lines[:SHOWN]
    head = _head(letter)
    blocks: list[Block] = [section(f"*{head}*", block_id=BlockId.HEAD)]
    if letter.is_first:
        blocks.append(context(_ABOUT_ME, block_id=BlockId.NOTE))
    for number, line in enumerate(shown):
        blocks += _blocks(line, letter.time_zone, number)
    if letter.file:
        blocks.append(_picture(letter))
    rest = len(letter.lines) - len(shown)
    if rest > 0:
        blocks.append(context(f"… and {rest} more: `/ai4os reminders` shows all.", block_id=BlockId.NOTICES))
    return Message(_text(letter, head), blocks)


def _head(letter: Letter) -> str:
    open_ones = [line for line in letter.lines if line.settled is None]
    if not open_ones:
        return "All settled, thank you."
    if len(open_ones) == 1:
        is_about_me = open_ones[0].episode.kind in _ABOUT_A_PERSON
        return "Your GPU use" if is_about_me else "A question about a deployment of yours"
    return f"Questions about {len(open_ones)} deployments of yours"


def _blocks(line: Line, zone: str, number: int) -> list[Block]:
    title = mrkdwn.name(line.episode.title)
    if line.settled is not None:
        text = f"{title}: {settled_text(line.settled, zone)}"
        return [section(text, block_id=BlockId.FINDING.numbered(number))]
    return [
        section(_body(line, zone, title), block_id=BlockId.FINDING.numbered(number)),
        context(_small_print(line), block_id=BlockId.OUTLOOK_OF.numbered(number)),
        actions(_choices(line), block_id=BlockId.CHOICES.numbered(number)),
    ]


def _body(line: Line, zone: str, title: str) -> str:
    held = wording.counted(_gpus(line), "GPU") if _gpus(line) else ""
    seen = f"{title}{f' ({held})' if held else ''}: {observation(line.episode, zone)} {figures(line.episode)}".strip()
    asked = f"{why_now(line)} {question(line)}".strip()
    return "\n".join(part for part in (seen, f"{asked} {outlook(line, zone)}".strip()) if part)


def _small_print(line: Line) -> str:
    kind = line.episode.kind
    if kind in _ABOUT_A_PERSON:
        return "What you have now: `/ai4os list`."
    if kind in _PLACES:
        return "It has not started yet, so nothing is lost with it."
    loses = "Removing it takes its error messages away." if kind is FindingKind.FAILED else _losses(line)
    parts = (loses, innocent_cause(kind), "" if kind is FindingKind.FAILED else _WRONG)
    return " ".join(part for part in parts if part)


def _losses(line: Line) -> str:
    queue = " A new start may have to queue." if _gpus(line) else ""
    return f"Stopping loses the files outside `/storage`; a snapshot made in the Dashboard keeps them.{queue}"


def _choices(line: Line) -> list[ButtonElement]:
    episode = line.episode
    value = episode_value(EpisodeRef(episode=episode.id, version=episode.version))
    details = button("Details", Action.REMINDER_DETAILS, value=value, spoken=f"Details about {episode.title}")
    if episode.kind in _ABOUT_A_PERSON:
        return [details]
    keep = button(_keep_word(line), Action.REMINDER_KEEP, value=value, spoken=f"Keep {episode.title}")
    if episode.kind is FindingKind.FAILED:
        key = DeploymentKey(episode.namespace, episode.deployment)
        return [button("Error and events", Action.DETAILS, value=str(key)), keep, _stop(line, value)]
    if episode.kind is FindingKind.QUEUED:
        return [keep, details, _stop(line, value)]
    wrong = button("It is in use", Action.REMINDER_IN_USE, value=value, spoken=f"{episode.title} is in use")
    return [keep, wrong, details, _stop(line, value)]


def _keep_word(line: Line) -> str:
    words = {
        FindingKind.LONG_RUNNING: "Still needed",
        FindingKind.OVER_ETIQUETTE: "I need them",
        FindingKind.ONE_GPU_IDLE: "I need both",
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
    titles = wording.listed([mrkdwn.one_line(line.episode.title, 40) for line in letter.lines[:SHOWN]])
    text = f"Bars: the highest GPU use in each hour of the last days, grey where nothing is known, of {titles}."
    return ImageBlock(block_id=BlockId.PICTURE, slack_file={"id": letter.file}, alt_text=mrkdwn.cut(text, 1900))


def _text(letter: Letter, head: str) -> str:
    lines = [head]
    for line in letter.lines[:SHOWN]:
        title = mrkdwn.foreign(line.episode.title, 60)
        if line.settled is not None:
            lines.append(f"{title}: {settled_text(line.settled, letter.time_zone)}")
        else:
            body = _body(line, letter.time_zone, title).replace("\n", " ")
            lines.append(f"{body} {mrkdwn.unmarked(_small_print(line))}")
    return mrkdwn.cut("\n".join(lines), _LONGEST_TEXT)
