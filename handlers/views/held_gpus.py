"""Who holds the GPUs: the refusal of one too many, with a button to stop each that is held."""

from collections.abc import Sequence

from slack_sdk.models.blocks import Block

from bot.domain.base import DeploymentId, Namespace
from bot.domain.deployment import Phase
from bot.domain.form import HeldGpu
from bot.domain.platform import Limits
from handlers.ids import BlockId, DeploymentKey
from handlers.views import buttons, mrkdwn
from handlers.views.elements import context, section
from handlers.views.wording import counted

_SHOWN = 10
_STILL_HOLDS = "It failed, but still holds its GPU until it is removed."
_IS_ENDING = "It was stopped and still holds its GPU until it has ended, usually in a minute. Then try again."
_NEXT_STEP = "Stop one of them, then press Back and Next again. Nothing was changed."
NEXT_STEP_OUTSIDE = "Stop one of them, then send the command again, or open the form. Nothing was started."


def held_blocks(held: Sequence[HeldGpu], limits: Limits, *, next_step: str = _NEXT_STEP) -> list[Block]:
    """Return the refusal: the limit, each deployment that holds a GPU with its Stop button, and the next step."""
    rows = [_row(holder, number) for number, holder in enumerate(held[:_SHOWN])]
    missing = len(held) - len(rows)
    more = [context(f"… and {missing} more: type `/ai4os list`.", block_id=BlockId.NOTE)] if missing > 0 else []
    return [
        section(_headline(held, limits), block_id=BlockId.HEAD),
        *rows,
        *more,
        context(next_step, block_id=BlockId.TEXT),
    ]


def _headline(held: Sequence[HeldGpu], limits: Limits) -> str:
    total = sum(holder.gpus for holder in held)
    most = limits.gpus_per_owner
    return f"You hold {counted(total, 'GPU')} already, and one person may hold {most} at most, running or waiting."


def _row(holder: HeldGpu, number: int) -> Block:
    key = DeploymentKey(Namespace(holder.namespace), DeploymentId(holder.deployment))
    if holder.is_ending:
        text = f"{mrkdwn.name(holder.title)}: {counted(holder.gpus, 'GPU')}\n{_IS_ENDING}"
        return section(text, block_id=BlockId.ROW.numbered(number))
    phase = Phase.FAILED if holder.is_over else Phase.RUNNING
    model = f" ({mrkdwn.foreign(holder.gpu_model, 60)})" if holder.gpu_model.strip() else ""
    text = f"{mrkdwn.name(holder.title)}: {counted(holder.gpus, 'GPU')}{model}"
    return section(
        f"{text}\n{_STILL_HOLDS}" if holder.is_over else text,
        block_id=BlockId.ROW.numbered(number),
        accessory=buttons.stop(key, title=holder.title, phase=phase, gpus=holder.gpus),
    )
