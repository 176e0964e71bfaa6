"""The short menu that bare `/ai4os` answers with."""

from handlers.ids import Action, BlockId
from handlers.views import buttons
from handlers.views.elements import actions, button, context, section
from handlers.views.message import Message

_TEXT = "Deploy an AI module, or look after the deployments you have."
_WORDS = "Or type `/ai4os deploy`, `/ai4os list` or `/ai4os help`."


def render() -> Message:
    """Return the menu."""
    choices = [
        buttons.deploy(style="primary"),
        button("My deployments", Action.MENU_LIST),
        button("Help", Action.MENU_HELP),
    ]
    return Message(
        f"{_TEXT} {_WORDS}",
        [
            section(_TEXT, block_id=BlockId.TEXT),
            actions(choices, block_id=BlockId.BUTTONS),
            context(_WORDS, block_id=BlockId.NOTE),
        ],
    )
