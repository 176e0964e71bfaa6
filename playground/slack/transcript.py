"""Writes the whole conversation as text to read."""

from playground.slack.state import State


def transcript(state: State, user: str | None = None) -> str:
    """Return the conversation line by line, with times; with `user` only what that person saw or did."""
    with state.lock:
        lines = []
        for line in state.story:
            if user is not None and line.audience not in {None, user}:
                continue
            if user is not None and line.channel is not None and not _reads(state, user, line.channel):
                continue
            head = f"{line.at:%H:%M:%S} {line.who}: "
            lines.append(head + line.text.replace("\n", "\n" + " " * 9 + "  "))
        return "\n".join(lines)


def _reads(state: State, user: str, channel: str) -> bool:
    return user in state.conversations[channel].members or state.conversations[channel].kind == "public"
