"""Writes the conversation for a reader: who does what, and of a form only what changed."""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from playground.slack.records import StoryLine
from playground.slack.state import State

WIDTH = 116
_NAME = 8
_SAME = "…"
_HIDDEN = "●●●●●●●●"
_EMOJI = {
    "arrow_down": "⬇️",
    "grey_question": "❔",
    "hourglass_flowing_sand": "⏳",
    "information_source": "\N{INFORMATION SOURCE}",
    "large_green_circle": "🟢",
    "large_yellow_circle": "🟡",
    "no_entry": "⛔",
    "red_circle": "🔴",
    "warning": "⚠️",
    "white_check_mark": "✅",
    "white_circle": "⚪",
}


@dataclass(slots=True, kw_only=True)
class Narrator:
    """Tells one person's story piece by piece; what is in `secrets` is never written."""

    state: State
    reader: str
    secrets: set[str] = field(default_factory=set)
    _told: int = 0
    _shown: dict[str, list[str]] = field(default_factory=dict)

    def news(self) -> str:
        """Return what happened since this was last asked, as text of several lines."""
        with self.state.lock:
            fresh = self.state.story[self._told :]
            self._told += len(fresh)
            seen = [line for line in fresh if self._sees(line)]
        return "\n".join(text for line in seen if (text := self._tell(line)))

    def _sees(self, line: StoryLine) -> bool:
        """Tell whether the reader was there: in the conversation, and among those whom the line was for."""
        place = self.state.conversations.get(line.channel or "")
        return line.audience in {None, self.reader} and (place is None or self.reader in place.members)

    def _tell(self, line: StoryLine) -> str:
        text = line.text
        for secret in self.secrets:
            text = text.replace(secret, _HIDDEN)
        for name, sign in _EMOJI.items():
            text = text.replace(f":{name}:", sign)
        first, *rest = text.split("\n")
        if rest and rest[0].startswith("== "):
            changed = self._changed(rest)
            if changed == [_SAME]:
                return ""
            rest = [rest[0], *changed]
        return "\n".join(_laid_out(line.who, [first, *rest]))

    def _changed(self, lines: list[str]) -> list[str]:
        """Return a form's lines under its title, those that stood there the last time as one sign."""
        title, *body = lines
        before = self._shown.get(title, [])
        self._shown[title] = body
        found: list[str] = []
        for kind, _, _, start, end in SequenceMatcher(None, before, body, autojunk=False).get_opcodes():
            fresh = [_SAME] if kind == "equal" else body[_label(body, start) : end]
            found += fresh if fresh != found[-1:] else []
        return found


def _label(lines: list[str], start: int) -> int:
    """Return where the line stands that an indented one belongs to: a hint makes no sense without its field."""
    while 0 < start < len(lines) and lines[start].startswith(" "):
        start -= 1
    return start


def _laid_out(who: str, lines: Iterable[str]) -> list[str]:
    """Put the speaker in front of the first line, and indent and wrap the others."""
    found: list[str] = []
    for line in lines:
        inner = " " * (len(line) - len(line.lstrip()))
        indent = " " * _NAME + inner
        found += textwrap.wrap(
            line.strip(),
            WIDTH,
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
    return [f"{who:<{_NAME - 1}} {found[0].strip()}", *found[1:]]
