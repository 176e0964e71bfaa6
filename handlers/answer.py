"""Answer at the address that Slack gives with an interaction, seen by the one person alone."""

from slack_sdk.errors import SlackClientError
from slack_sdk.webhook import WebhookClient

from handlers.views.message import Message

_TIMEOUT_SECONDS = 8
_REFUSED = 400


def answer_at(url: str, message: Message, *, replaces: bool = False) -> bool:
    """Post the message there; False if the address is used up, expired or does not answer."""
    try:
        answer = WebhookClient(url, timeout=_TIMEOUT_SECONDS).send(
            text=message.text,
            blocks=message.blocks,
            response_type="ephemeral",
            replace_original=replaces,
            unfurl_links=False,
            unfurl_media=False,
        )
    except (SlackClientError, OSError):
        return False
    return answer.status_code < _REFUSED
