"""What opens at once while something is still being read."""

from slack_sdk.models.views import View

from handlers.ids import BlockId, Callback
from handlers.views.elements import modal, section

_TITLES = {
    Callback.DEPLOY_CHECKING: "Before you deploy",
    Callback.ACCESS: "Access",
    Callback.PASSWORD: "IDE password",
    Callback.DETAILS: "Info",
    Callback.STOP: "Stop",
    Callback.KEEP: "Keep it",
    Callback.EVIDENCE: "Why, or why not",
    Callback.OWN_REMINDERS: "Your reminders",
    Callback.ADMIN_REVIEW: "Reminders",
    Callback.ADMIN_AUDIT: "Audit log",
    Callback.ADMIN_EXEMPT: "Exempt it",
    Callback.ADMIN_GO_LIVE: "Let owners hear?",
    Callback.ADMIN_RESUME: "Go on reminding?",
}
_TEXTS = {
    Callback.DEPLOY_CHECKING: "The cluster is being asked when this could start …",
    Callback.PASSWORD: "The password is being fetched …",
}


def render(callback: Callback, *, metadata: str = "", external_id: str = "") -> View:
    """Return the modal that says what is being waited for; replace it by `views.update`."""
    text = f":hourglass_flowing_sand: {_TEXTS.get(callback, 'One moment …')}"
    return modal(
        _TITLES.get(callback, "One moment"),
        [section(text, block_id=BlockId.TEXT)],
        callback=callback,
        metadata=metadata,
        external_id=external_id,
    )
