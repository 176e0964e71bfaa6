"""`/ai4os reminders`: what is open, what is kept, and what a person wishes."""

from datetime import timedelta

from slack_sdk.models.blocks import (
    Block,
    DatePickerElement,
    DividerBlock,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from bot.domain.facts import OwnReminders
from bot.domain.letters import Line
from bot.domain.reminders import Keep
from handlers.ids import Action, BlockId, Callback
from handlers.views import mrkdwn
from handlers.views.elements import actions, button, context, modal, option, plain, section
from handlers.views.finding_texts import observation, settled_text
from handlers.views.local_time import local_day
from handlers.views.reminder import choices, title_of

SHOWN = 15
HOURS = tuple(f"{hour:02}:{minute:02}" for hour in range(9, 17) for minute in (0, 30) if (hour, minute) >= (9, 30))
_NO_FINDINGS = "There is nothing to ask you about."
_SHADOW = "Reminders are not sent at the moment: an administrator has paused them, or they are still being tried out."


def render(found: OwnReminders) -> View:
    """Return the window."""
    blocks: list[Block] = [section("*Open questions*", block_id=BlockId.HEAD)]
    for number, line in enumerate(found.lines[:SHOWN]):
        blocks += _finding(line, found.time_zone, number)
    if not found.lines:
        blocks.append(section(_NO_FINDINGS, block_id=BlockId.TEXT))
    if len(found.lines) > SHOWN:
        blocks.append(context(f"… and {len(found.lines) - SHOWN} more.", block_id=BlockId.NOTICES))
    if found.keeps:
        blocks += [
            DividerBlock(block_id=BlockId.DIVIDER.numbered(0)),
            section("*What you keep*", block_id=BlockId.SUMMARY),
        ]
        blocks += [_keep(keep, found, number) for number, keep in enumerate(found.keeps[:SHOWN])]
    blocks += [DividerBlock(block_id=BlockId.DIVIDER.numbered(1)), _hour(found), _pause(found)]
    if not found.is_live:
        blocks.append(context(_SHADOW, block_id=BlockId.NOTE))
    return modal("Your reminders", blocks, callback=Callback.OWN_REMINDERS)


def _finding(line: Line, zone: str, number: int) -> list[Block]:
    text = f"{title_of(line)}: {observation(line.episode, zone)}"
    if line.settled is not None:
        text = f"{text}\n{settled_text(line.settled, zone, line.episode.kind)}"
    elif line.next_at is not None:
        text = f"{text}\nI ask {'again ' if line.step else ''}on {local_day(line.next_at, zone)}, if it is still so."
    elif line.step:
        text = f"{text}\nI have asked you, and do not ask again."
    found: list[Block] = [section(text, block_id=BlockId.FINDING.numbered(number))]
    if line.settled is None:
        found.append(actions(choices(line), block_id=BlockId.CHOICES.numbered(number)))
    return found


def _keep(keep: Keep, found: OwnReminders, number: int) -> Block:
    title = mrkdwn.name(found.titles.get(keep.deployment, keep.deployment[:8]))
    reason = f": {mrkdwn.foreign(keep.reason, 100)}" if keep.reason else ""
    ending = button("End it", Action.KEEP_END, value=keep.deployment, spoken="End keeping it")
    text = f"{title}, until the end of {local_day(keep.until, found.time_zone)}{reason}"
    return section(text, block_id=BlockId.KEPT.numbered(number), accessory=ending)


def _hour(found: OwnReminders) -> Block:
    options = [option(hour, hour) for hour in HOURS]
    chosen = next((each for each in options if each.value == found.hour), options[0])
    select = StaticSelectElement(action_id=Action.DIGEST_HOUR, options=options, initial_option=chosen)
    text = (
        f"*Hour of the message*\nOn working days, from then on, by your clock ({mrkdwn.foreign(found.time_zone, 40)})."
    )
    return section(text, block_id=BlockId.HOUR, accessory=select)


def _pause(found: OwnReminders) -> Block:
    if found.paused_until is not None:
        last = local_day(found.paused_until - timedelta(seconds=1), found.time_zone)
        ending = button("End the pause", Action.PAUSE_END, value="end")
        return section(f"*Paused*\nYou hear nothing until the end of {last}.", block_id=BlockId.PAUSE, accessory=ending)
    picker = DatePickerElement(action_id=Action.PAUSE_UNTIL, placeholder=plain("First day back", 100))
    return section(
        "*A pause*\nChoose the first day on which you want to hear again.", block_id=BlockId.PAUSE, accessory=picker
    )
