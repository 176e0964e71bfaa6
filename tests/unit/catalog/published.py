"""Invented catalogues as files, and a clock that stands still."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import yaml

from bot.domain.catalog import Module, Wanted

ADDRESS = "https://github.com/ai4os-hub/"
NOT_YAML = "metadata_version: 2.0.0\ntitle: Torn page\ntags:\n  - a\nsummary: two: colons\n"


@dataclass
class StoppedClock:
    """Tells the time that a test sets."""

    now: datetime = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self.now += by


def as_listing(*names: str, address: str = "https://github.com/ai4os-hub", branch: str = "main") -> str:
    """Return a `.gitmodules` text that lists these modules."""
    return "".join(
        f'[submodule "{name}"]\n\tpath = {name}\n\turl = {address}/{name}\n\tbranch = {branch}\n' for name in names
    )


def as_metadata(module: Module) -> str:
    """Return the metadata file (schema 2.3) that describes a module."""
    image = f"{module.image}:{module.fixed_tag}" if module.fixed_tag else module.image
    described = {
        "metadata_version": "2.3.0",
        "title": module.title,
        "summary": module.summary,
        "description": module.description,
        **_dates(module),
        "links": {"source_code": dict(module.links).get("Source code", ADDRESS + module.name), "docker_image": image},
        "tags": list(module.tags),
        "tasks": list(module.tasks),
        "categories": list(module.categories),
        "libraries": list(module.libraries),
        "data-type": list(module.data_types),
        "resources": {"inference": _amounts(module.inference), "training": _amounts(module.training)},
    }
    return yaml.safe_dump(described, sort_keys=False, allow_unicode=True)


def _dates(module: Module) -> dict[str, dict[str, str]]:
    return {"dates": {"created": module.created, "updated": module.updated}} if module.created else {}


def _amounts(wanted: Wanted) -> dict[str, float]:
    amounts = {
        "cpu": wanted.cpu,
        "gpu": wanted.gpu,
        "memory_MB": wanted.ram_mb,
        "storage_MB": wanted.disk_mb,
        "gpu_memory_MB": wanted.gpu_memory_mb,
        "gpu_compute_capability": wanted.gpu_capability,
    }
    return {key: amount for key, amount in amounts.items() if amount is not None}
