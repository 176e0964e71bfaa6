"""Keeping a deployment: for how long, and why."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from slack_sdk.models.blocks import InputBlock, PlainTextInputElement, StaticSelectElement
from slack_sdk.models.views import View

from bot.domain.answers import EpisodeRef, keep_choices, longest_keep, needs_reason
from bot.domain.episodes import Episode
from bot.domain.letters import Settled
from bot.domain.policy import FindingKind
from handlers.ids import Action, BlockId, Callback, episode_value
from handlers.views import mrkdwn, wording
from handlers.views.elements import modal, option, plain, section
from handlers.views.finding_texts import settled_text

NO_REASON = "Please say what it is needed for. One sentence is enough."
_REASON = 300
_VALUE = re.compile(r"(?P<days>[0-9]{1,3})(?P<needs>!?)")


class Choice(NamedTuple):
    """For how many days to keep it, and why; the window knows itself whether a reason is missing."""

    days: int
    reason: str
    lacks_reason: bool


def render(episode: Episode) -> View:
    """Return the question for how long a deployment is needed, and why."""
    choices = list(dict.fromkeys([*keep_choices(episode.kind), longest_keep(episode.kind)]))
    options = [option(_days(episode.kind, days), _value(episode.kind, days)) for days in choices]
    usual = options[min(len(keep_choices(episode.kind)), len(options)) - 1]
    is_needed = all(needs_reason(episode.kind, days) for days in choices)
    is_needed_for_some = not is_needed and any(needs_reason(episode.kind, days) for days in choices)
    hint = "An administrator may read it."
    if is_needed_for_some:
        hint = f"For more than {max(keep_choices(episode.kind))} days I need a reason. {hint}"
    return modal(
        "Keep it",
        [
            section(
                f"{mrkdwn.name(episode.title)}: I do not ask about it again before the time is over.",
                block_id=BlockId.HEAD,
            ),
            InputBlock(
                block_id=BlockId.DAYS,
                label=plain("For how long?", 100),
                element=StaticSelectElement(action_id=Action.KEEP_DAYS, options=options, initial_option=usual),
            ),
            InputBlock(
                block_id=BlockId.REASON,
                label=plain("What for?", 100),
                hint=plain(hint, 200),
                optional=not is_needed,
                element=PlainTextInputElement(action_id=Action.KEEP_REASON, max_length=_REASON),
            ),
        ],
        callback=Callback.KEEP,
        submit="Keep it",
        close="Not now",
        metadata=episode_value(EpisodeRef(episode=episode.id, version=episode.version)),
    )


def read(view: Mapping[str, Any]) -> Choice | None:
    """Return what was chosen in a window that was sent; None if that cannot be."""
    values = (view.get("state") or {}).get("values") or {}
    chosen = ((values.get(BlockId.DAYS) or {}).get(Action.KEEP_DAYS) or {}).get("selected_option") or {}
    reason = str(((values.get(BlockId.REASON) or {}).get(Action.KEEP_REASON) or {}).get("value") or "").strip()
    found = _VALUE.fullmatch(str(chosen.get("value") or ""))
    if found is None:
        return None
    return Choice(days=int(found["days"]), reason=reason, lacks_reason=bool(found["needs"]) and not reason)


def working_view() -> View:
    """Return what is shown until it is recorded."""
    return modal(
        "Keep it",
        [section(":hourglass_flowing_sand: One moment …", block_id=BlockId.TEXT)],
        callback=Callback.KEEP,
    )


def done_view(settled: Settled, zone: str) -> View:
    """Return what came of it."""
    text = f":white_check_mark: {settled_text(settled, zone)}"
    return modal("Keep it", [section(text, block_id=BlockId.TEXT)], callback=Callback.KEEP)


def _value(kind: FindingKind, days: int) -> str:
    return f"{days}!" if needs_reason(kind, days) else str(days)


def _days(kind: FindingKind, days: int) -> str:
    reason = ", with a reason" if needs_reason(kind, days) else ""
    return f"{wording.counted(days, 'day')}{reason}"
