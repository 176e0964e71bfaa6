"""A message as it is posted: a text that is complete by itself, and the blocks that show it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from slack_sdk.models.blocks import Block


class Message(NamedTuple):
    """What is posted, updated or answered; `text` is all that notifications and screen readers get."""

    text: str
    blocks: Sequence[Block]

    def payload(self) -> dict[str, Any]:
        """Return the message as Slack's methods take it, links and names left alone."""
        return {
            "text": self.text,
            "blocks": [block.to_dict() for block in self.blocks],
            "unfurl_links": False,
            "unfurl_media": False,
        }
