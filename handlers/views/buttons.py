"""The buttons that act on a deployment, with the dialogs that name what would be lost."""

from slack_sdk.models.blocks import ButtonElement, ConfirmObject

from bot.domain.deployment import Phase
from handlers.ids import Action, DeploymentKey
from handlers.views import mrkdwn
from handlers.views.elements import VALUE_LENGTH, button, marked, plain
from handlers.views.wording import can_remove, is_waiting

LOST_WITH_IT = "Everything in it that is not under /storage is lost for good."
NOTHING_LOST = "It has not started yet, so nothing is lost."
_REMOVED = "It disappears from your list, with its error messages. What is under /storage stays."


def deploy(text: str = "Deploy a module", *, command: str = "", style: str | None = None) -> ButtonElement:
    """Return the button that opens the form, filled in by a command's text unless that is too long for a button."""
    return button(text, Action.MENU_DEPLOY, value=command if len(command) <= VALUE_LENGTH else "", style=style)


def access(key: DeploymentKey, *, style: str | None = None) -> ButtonElement:
    """Return the button that shows the links."""
    return button("Access", Action.ACCESS, value=str(key), style=style)


def details(key: DeploymentKey) -> ButtonElement:
    """Return the button that shows everything about a deployment."""
    return button("Info", Action.DETAILS, value=str(key))


def password(key: DeploymentKey) -> ButtonElement:
    """Return the button that shows the IDE password in a modal of one's own."""
    return button("Show IDE password", Action.PASSWORD, value=str(key))


def again(key: DeploymentKey, *, style: str | None = None) -> ButtonElement:
    """Return the button that opens the form with the same values."""
    return button("Deploy again", Action.AGAIN, value=str(key), style=style)


def stop(key: DeploymentKey, *, title: str, phase: Phase, gpus: int = 0) -> ButtonElement:
    """Return the button that stops a deployment, or removes one that is over, once that was confirmed."""
    word = stop_word(phase)
    dialog = ConfirmObject(
        title=plain(f"{word} “{mrkdwn.one_line(title, 60)}”?", 100),
        text=marked(" ".join(consequences(phase, gpus=gpus))),
        confirm=plain(word, 30),
        deny=plain("Keep it", 30),
        style="danger",
    )
    return button(word, Action.STOP, value=str(key), style="danger", confirm=dialog)


def stop_word(phase: Phase) -> str:
    """Return what ending it is called: those that are over are removed."""
    return "Remove" if can_remove(phase) else "Stop"


def consequences(phase: Phase, *, gpus: int) -> list[str]:
    """Say what ending a deployment does; `gpus` is how many it sets free."""
    loss = NOTHING_LOST if is_waiting(phase) else LOST_WITH_IT
    return [_REMOVED if can_remove(phase) else loss, *([_freed(gpus)] if gpus and not is_waiting(phase) else [])]


def _freed(gpus: int) -> str:
    return "Its GPU becomes free for others." if gpus == 1 else f"Its {gpus} GPUs become free for others."
