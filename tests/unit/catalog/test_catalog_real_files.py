"""The published metadata files as they were found, where they are at hand.

AI4OS_BOT_TEST_CATALOG may name their folder.
"""

import os
from pathlib import Path

import pytest

from bot.catalog.assembly import UNREAD, assemble
from bot.catalog.gitmodules import Entry
from bot.catalog.images import is_image
from bot.catalog.metadata import read
from bot.catalog.source import FolderSource
from bot.domain.base import ModuleName
from bot.domain.catalog import Capability, CatalogSnapshot, Module, Wanted
from tests.unit.catalog.published import StoppedClock

BESIDE = Path(__file__).parents[4] / "shared" / "data" / "catalogue"
FOLDER = Path(os.environ.get("AI4OS_BOT_TEST_CATALOG", BESIDE))
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the published metadata files are not at hand")


@pytest.fixture
def snapshot() -> CatalogSnapshot:
    """Give the catalogue that these files make."""
    return assemble(FolderSource(FOLDER).read(), UNREAD, now=StoppedClock().now)


def test_every_published_module_can_be_deployed(snapshot: CatalogSnapshot) -> None:
    """All 23 files, the invalid ones included, describe a module with a strictly valid image."""
    names = {module.name for module in snapshot.modules}

    assert {path.stem for path in (FOLDER / "modules").glob("*.yml")} <= names
    assert len(names) == 24
    assert all(is_image(module.image) for module in snapshot.modules)
    assert all(module.title and module.summary and module.description for module in snapshot.modules)


def test_exactly_the_files_that_break_the_schema_are_told_of(snapshot: CatalogSnapshot) -> None:
    """What the platform's own check refuses is told key by key; the sound files are read without a word."""
    flaws = {str(module.name): module.flaws for module in snapshot.flawed}

    assert {name: len(found) for name, found in flaws.items()} == {
        "seeds-classification": 1,
        "cold-coral-segmentation": 2,
        "thermal-urban-feature-segmenter": 1,
        "diamorph-detection": 2,
        "thermal-anomaly-segmenter": 2,
        "eyeonwater-yolo": 4,
        "socib-beach-wracks-identification": 2,
        "sentinel-data-fusion": 2,
        "socib-shoreline-extraction": 5,
    }
    assert flaws["diamorph-detection"][0].startswith("dates.created has no quotes")
    assert flaws["seeds-classification"] == ("libraries stands in line 29 and line 34, of which the last counts",)


def test_recommended_hardware_is_read(snapshot: CatalogSnapshot) -> None:
    """What a file recommends is there, without the compute capability that no GPU has."""
    module = snapshot.module("socib-shoreline-extraction")

    assert module is not None
    assert module.inference == Wanted(cpu=2, gpu=1, ram_mb=1000, disk_mb=1000, gpu_memory_mb=1000)
    assert any("gpu_compute_capability is “100.0”" in flaw for flaw in module.flaws)


def test_everything_of_a_file_is_there(snapshot: CatalogSnapshot) -> None:
    """Licence aside, which the files do not have, no field of a module stays empty that its file fills."""
    module = snapshot.module("audio-vessel-classification")

    assert module is not None
    assert (module.created, module.updated) == ("2025-05-14", "2025-08-06")
    assert (module.libraries, module.data_types) == (("PyTorch",), ("Audio",))
    assert module.tasks == ("Computer Vision", "Classification")
    assert "vo.imagine-ai.eu" in module.tags
    assert [label for label, _ in module.links] == ["Source code", "Dataset", "Citation", "DOI"]


def test_modules_without_a_file_are_listed_as_broken(snapshot: CatalogSnapshot) -> None:
    """The other 23 of the 46 listed modules have no file here."""
    assert len(snapshot.broken) == 23
    assert {item.reason.split(":")[0] for item in snapshot.broken} == {"has no metadata file"}


@pytest.mark.parametrize(
    ("name", "image", "fixed_tag"),
    [
        ("thermal-urban-feature-segmenter", "tensorflow/tensorflow", "2.10.0-gpu"),
        ("image-classification-tf-dicom", "ai4oshub/image-classification-tf-dicom", ""),
        ("DEEP-OC-mods", "deephdc/deep-oc-mods", ""),
        ("audio-vessel-classification", "ai4oshub/audio-vessel-classifier", ""),
        ("socib-shoreline-extraction", "ai4oshub/ai4os-demo-app", ""),
        ("ai4os-dev-env", "ai4oshub/ai4os-dev-env", ""),
    ],
)
def test_odd_images_are_understood(snapshot: CatalogSnapshot, name: str, image: str, fixed_tag: str) -> None:
    """Images unlike the module's name, without organisation or with a tag are read as meant."""
    module = snapshot.module(name)

    assert module is not None
    assert (module.image, module.fixed_tag) == (image, fixed_tag)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("retinopathy-test", (Capability.INFERENCE, Capability.TRAINABLE)),
        ("ai4os-speech-to-text-tf", (Capability.INFERENCE, Capability.TRAINABLE)),
        ("diamorph-detection", (Capability.INFERENCE,)),
        ("eyeonwater-yolo", ()),
    ],
)
def test_capabilities_are_read(snapshot: CatalogSnapshot, name: str, expected: tuple[Capability, ...]) -> None:
    """Categories or old tags tell what a module is good for; where neither is there, it is unknown."""
    module = snapshot.module(name)

    assert module is not None
    assert module.capabilities == expected


def test_no_markup_is_left(snapshot: CatalogSnapshot) -> None:
    """No HTML element, picture or link syntax survives in a text."""
    texts = [text for module in snapshot.modules for text in (module.title, module.summary, module.description)]

    assert [text for text in texts if "<img" in text or "<video" in text or "](" in text or "**" in text] == []


def test_every_tool_is_read() -> None:
    """The tools' files are of the same kind, and each of them can be read."""
    files = sorted((FOLDER / "tools").glob("*.yml"))

    tools = [read(path.read_bytes(), Entry(name=ModuleName(path.stem))) for path in files]

    assert len(tools) == 6
    assert all(isinstance(tool, Module) for tool in tools)
