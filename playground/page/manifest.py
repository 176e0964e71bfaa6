"""What the page takes from the app's manifest: commands with their words."""

from pathlib import Path

import yaml

from playground.slack.wire import Json


def read_commands(manifest: Path) -> tuple[Json, ...]:
    """Return the slash commands; the alternatives of a command's usage hint become words to choose from."""
    features: Json = yaml.safe_load(manifest.read_text(encoding="utf-8")).get("features", {})
    return tuple(_command(each) for each in features.get("slash_commands", []))


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
