"""Whose a deployment is, among the people of the workspace."""

from playground.slack.workspace import Workspace


def user_of(workspace: Workspace, email: str) -> str | None:
    """Return the id of the Slack user with an address, whatever its case; None if there is none."""
    with workspace.state.lock:
        accounts = list(workspace.state.accounts.values())
    return next((each.id for each in accounts if each.email and each.email.casefold() == email.casefold()), None)
