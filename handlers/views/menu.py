"""The short menu that bare `/ai4os` answers with."""

from handlers.ids import Action, BlockId
from handlers.views import buttons
from handlers.views.elements import actions, button, context, section
from handlers.views.message import Message, ready_made

_TEXT = "Deploy an AI module, look for one, or look after the deployments you have."
_WORDS = "Or type `/ai4os deploy`, `/ai4os modules`, `/ai4os list` or `/ai4os help`."


def render() -> Message:
    """Return the menu."""
    return _MENU


def _render() -> Message:
    choices = [
        buttons.deploy(style="primary"),
        button("Browse modules", Action.MENU_MODULES),
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


_MENU = ready_made(_render())
