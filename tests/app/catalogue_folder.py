"""A published catalogue in a folder, which a test may change while the bot runs."""

from pathlib import Path

MODULE = """\
title: {title}
summary: {summary}
description: Made for a test.
links:
  source_code: https://github.com/ai4os-hub/{name}
  docker_image: ai4oshub/{image}
tags: [{tags}]
categories: [{categories}]
libraries: [PyTorch]
tasks: [Computer Vision]
license: Apache-2.0
"""


class CatalogueFolder:
    """The files that `AI4OS_BOT_CATALOG` may name; each change shows after the bot's next reading."""

    def __init__(self, folder: Path) -> None:
        self.path = folder
        (folder / "modules").mkdir(parents=True)

    def publish(
        self,
        name: str,
        *,
        title: str = "",
        summary: str = "Does something.",
        tags: str = "test",
        categories: str = "AI4 inference",
        image: str = "demo-app",
    ) -> None:
        """Put a module into the catalogue, or change it."""
        given = {"name": name, "summary": summary, "tags": tags, "categories": categories, "image": image}
        self.write(name, MODULE.format(title=title or name, **given))

    def write(self, name: str, content: str) -> None:
        """Put a metadata file with this content into the catalogue."""
        (self.path / "modules" / f"{name}.yml").write_text(content, encoding="utf-8")
        self._list()

    def withdraw(self, name: str) -> None:
        """Take a module out of the catalogue."""
        (self.path / "modules" / f"{name}.yml").unlink()
        self._list()

    def _list(self) -> None:
        names = sorted(path.stem for path in (self.path / "modules").iterdir())
        entries = [
            f'[submodule "{each}"]\n\tpath = {each}\n\turl = https://github.com/ai4os-hub/{each}\n' for each in names
        ]
        (self.path / "gitmodules.txt").write_text("".join(entries), encoding="utf-8")
