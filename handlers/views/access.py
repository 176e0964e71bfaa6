"""The links of a deployment: where they lead, on what condition, and whether they answer yet."""

from collections.abc import Sequence

from slack_sdk.models.blocks import Block, InteractiveElement
from slack_sdk.models.views import View

from bot.domain.deployment import Phase
from bot.domain.endpoints import Endpoint, EndpointKind
from bot.domain.overview import Row
from handlers.ids import BlockId, Callback, DeploymentKey
from handlers.views import buttons, mrkdwn, wording
from handlers.views.elements import actions, context, modal, section
from handlers.views.message import Message

TITLE = "Access"
_PURPOSES = {
    EndpointKind.DEEPAAS: "inference through an API",
    EndpointKind.IDE: "notebooks, terminals and code",
    EndpointKind.MONITOR: "how a training goes",
    EndpointKind.INTERFACE: "the module's own page",
    EndpointKind.CUSTOM: "the module's own service",
}
_ANSWERS = {
    True: ":white_check_mark: answers",
    False: ":hourglass_flowing_sand: does not answer yet",
    None: ":grey_question: whether it answers is not known",
}
_NO_LINKS = "It has no links."
_NO_ADDRESS = "the address is known once it is placed"
_NOT_RUNNING = "The links answer once it is running."
LINKS = 5
_ADDRESS_LENGTH = 500


def modal_view(row: Row, endpoints: Sequence[Endpoint], *, has_password: bool, external_id: str = "") -> View:
    """Return the links as a modal."""
    return modal(
        TITLE,
        _blocks(row, endpoints, has_password=has_password),
        callback=Callback.ACCESS,
        metadata=str(DeploymentKey(row.namespace, row.deployment)),
        external_id=external_id,
    )


def message(row: Row, endpoints: Sequence[Endpoint], *, has_password: bool) -> Message:
    """Return the links as a message."""
    links = "\n".join(plain_line(endpoint) for endpoint in endpoints[:LINKS]) or _NO_LINKS
    text = f"{mrkdwn.foreign(row.title, 60)} is {row.status.phase.value}.\n{links}"
    return Message(text, _blocks(row, endpoints, has_password=has_password))


def endpoint_line(endpoint: Endpoint, *, was_asked: bool = True) -> str:
    """Say where a link leads, whether it answers, and on what condition; escaped.

    Unless somebody `was_asked`, it is not worth saying that nobody knows whether it answers.
    """
    name = endpoint.kind.value
    open_it = mrkdwn.link(endpoint.url, f"Open {name}", limit=_ADDRESS_LENGTH) if endpoint.url else _NO_ADDRESS
    says_state = bool(endpoint.url) and (was_asked or endpoint.answers is not None)
    state = f" · {_ANSWERS[endpoint.answers]}" if says_state else ""
    condition = f"\n_{mrkdwn.escape_within(wording.sentence(endpoint.condition), 400)}_" if endpoint.condition else ""
    return f"*{name}*, {_PURPOSES[endpoint.kind]}: {open_it}{state}{condition}"


def plain_line(endpoint: Endpoint) -> str:
    """Say the same in one line for notifications and screen readers."""
    where = mrkdwn.foreign(endpoint.url, 300) if endpoint.url else _NO_ADDRESS
    return f"{endpoint.kind.value}: {where}"


def _blocks(row: Row, endpoints: Sequence[Endpoint], *, has_password: bool) -> list[Block]:
    key = DeploymentKey(row.namespace, row.deployment)
    found: list[Block] = [
        section(f"{mrkdwn.name(row.title)}\n{wording.status_line(row.status)}", block_id=BlockId.HEAD)
    ]
    for number, endpoint in enumerate(endpoints[:LINKS]):
        found.append(section(endpoint_line(endpoint), block_id=BlockId.LINK.numbered(number)))
    if not endpoints:
        found.append(section(_NO_LINKS, block_id=BlockId.TEXT))
    elif row.status.phase is not Phase.RUNNING and not row.is_over:
        found.append(context(_NOT_RUNNING, block_id=BlockId.NOTE))
    choices: list[InteractiveElement] = [buttons.password(key)] if has_password else []
    return [*found, actions([*choices, buttons.details(key)], block_id=BlockId.BUTTONS)]
