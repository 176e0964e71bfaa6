"""What the page takes from the app's manifest: commands with their words, and whether one can write to the app."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from playground.slack.wire import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The parts of an app manifest that show on the page."""

    commands: tuple[Json, ...]
    is_read_only: bool

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """Read a manifest; the alternatives of a command's usage hint become words to choose from."""
        features: Json = yaml.safe_load(path.read_text(encoding="utf-8")).get("features", {})
        return cls(
            commands=tuple(_command(each) for each in features.get("slash_commands", [])),
            is_read_only=bool(features.get("app_home", {}).get("messages_tab_read_only_enabled", False)),
        )


def _command(command: Json) -> Json:
    hint = str(command.get("usage_hint", ""))
    return {
        "command": str(command["command"]),
        "description": str(command.get("description", "")),
        "usage_hint": hint,
        "words": [_word(alternative) for alternative in hint.split("|") if alternative.strip()],
    }


def _word(alternative: str) -> Json:
    """Split an alternative, such as `deploy [module]`, into what one types and what may follow."""
    words = alternative.split()
    fixed = [word for word in words if word.islower() and word.isalpha()]
    return {"text": " ".join(fixed), "hint": " ".join(words[len(fixed) :])}
