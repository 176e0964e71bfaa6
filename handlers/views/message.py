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


class _Ready(Block):
    """A block as it is sent, worked out once."""

    def __init__(self, block: Block) -> None:
        super().__init__(type=block.type, block_id=block.block_id)
        self._shape = block.to_dict()

    def to_dict(self, *_: object) -> dict[str, Any]:
        """Return the shape; nobody changes it."""
        return self._shape


def ready_made(message: Message) -> Message:
    """Return a message that is always the same as it is sent: to work that out takes longer than all of a short ack."""
    return Message(message.text, [_Ready(block) for block in message.blocks])
