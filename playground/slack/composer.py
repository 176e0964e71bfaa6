"""What Slack's composer does to a command's text before it is sent."""

import re

from playground.slack.state import State

_MENTION = re.compile(r"(?<!\w)([@#])([a-z0-9._-]+)")
_ADDRESS = re.compile(r"https?://\S+")


def escape_command_text(text: str, state: State) -> str:
    """Escape a command's text as `should_escape: true` asks: entities, links, and mentions as ids."""
    accounts = {account.name: account.id for account in state.accounts.values()}
    channels = {c.name: c.id for c in state.conversations.values() if c.kind != "im"}

    def mention(match: re.Match[str]) -> str:
        sign, name = match.groups()
        known = accounts if sign == "@" else channels
        return f"<{sign}{known[name]}|{name}>" if name in known else match.group(0)

    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    linked = _ADDRESS.sub(lambda match: f"<{match.group(0)}>", safe)
    return _MENTION.sub(mention, linked)
