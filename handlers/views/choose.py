"""Which deployment is meant: a list to pick from when a name is missing or fits several."""

from collections.abc import Sequence

from slack_sdk.models.blocks import Block, ButtonElement

from bot.domain.commands import Verb
from bot.domain.overview import Row
from handlers.ids import BlockId, DeploymentKey
from handlers.views import buttons, mrkdwn, wording
from handlers.views.elements import actions, context, section
from handlers.views.message import Message

SHOWN = 20
_QUESTIONS = {
    Verb.ACCESS: "Which deployment do you want the links of?",
    Verb.DETAILS: "Which deployment do you want to know about?",
    Verb.STOP: "Which deployment shall be stopped?",
    Verb.WHY: "Which deployment do you want to know about?",
}
_NONE = "You have no deployments. Deploy a module first."


def render(rows: Sequence[Row], *, verb: Verb, wanted: str = "") -> Message:
    """Return the list to pick from; `wanted` is the name that fits several, empty if none was given."""
    if not rows:
        deploy = actions([buttons.deploy(style="primary")], block_id=BlockId.BUTTONS)
        return Message(_NONE, [section(_NONE, block_id=BlockId.TEXT), deploy])
    question = _QUESTIONS.get(verb, _QUESTIONS[Verb.DETAILS])
    head = f"“{mrkdwn.foreign(wanted, 60)}” fits {len(rows)} deployments. {question}" if wanted.strip() else question
    shown = rows[:SHOWN]
    blocks: list[Block] = [section(head, block_id=BlockId.HEAD)]
    blocks += [
        section(_line(row), block_id=BlockId.ROW.numbered(number), accessory=_button(row, verb))
        for number, row in enumerate(shown)
    ]
    if len(rows) > len(shown):
        text = f"… and {len(rows) - len(shown)} more: give the beginning of the id, or type `/ai4os list`."
        blocks.append(context(text, block_id=BlockId.NOTE))
    lines = [f"• {mrkdwn.foreign(row.title, 60)}: {mrkdwn.foreign(row.deployment, 60)}" for row in shown]
    return Message("\n".join([head, *lines]), blocks)


def _line(row: Row) -> str:
    status = f"{wording.mark(row.status.phase)} {row.status.phase.value}"
    place = mrkdwn.foreign(row.platform, 40)
    return f"{mrkdwn.name(row.title)} {mrkdwn.code(row.deployment[:13], 20)}\n{place} · {status}"


def _button(row: Row, verb: Verb) -> ButtonElement:
    key = DeploymentKey(row.namespace, row.deployment)
    if verb is Verb.STOP:
        return buttons.stop(key, title=row.title, phase=row.status.phase, gpus=row.gpus_to_free)
    return buttons.access(key) if verb is Verb.ACCESS else buttons.details(key)
