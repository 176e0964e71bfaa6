"""What the composer suggests: the commands of the app's manifest with their words."""

from pathlib import Path

import yaml

from playground.slack.wire import Json


def read_commands(manifest: Path) -> list[Json]:
    """Return the slash commands that the manifest lists; the hint's alternatives become words to choose from."""
    found = yaml.safe_load(manifest.read_text(encoding="utf-8"))
    commands = found.get("features", {}).get("slash_commands", [])
    return [_command(each) for each in commands]


def _command(command: Json) -> Json:
    hint = str(command.get("usage_hint", ""))
    return {
        "command": str(command["command"]),
        "description": str(command.get("description", "")),
        "usage_hint": hint,
        "words": [_word(alternative) for alternative in hint.split("|") if alternative.strip()],
    }


def _word(alternative: str) -> Json:
    word, _, rest = alternative.strip().partition(" ")
    return {"text": word, "hint": rest}
