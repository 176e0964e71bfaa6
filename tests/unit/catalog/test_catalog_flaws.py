"""What a maintainer is told of a metadata file that can be read although it should be mended."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.catalog.gitmodules import Entry
from bot.catalog.metadata import read
from bot.catalog.schema_check import flaws
from bot.domain.base import ModuleName
from bot.domain.catalog import Module

SOUND = """\
metadata_version: 2.3.0
title: Snow depth
summary: Tells the depth of snow from a picture.
description: |-
  Longer than the summary.
dates:
  created: '2024-01-05'
  updated: "2025-01-05"
links:
  source_code: https://github.com/ai4os-hub/snow-depth
  docker_image: ai4oshub/snow-depth
tags: [deep learning]
tasks: [Computer Vision]
categories: [AI4 inference]
libraries: [PyTorch]
data-type: [Image]
resources:
  inference: {cpu: 2, gpu: 0, memory_MB: 4000, storage_MB: 2000, gpu_memory_MB: 0, gpu_compute_capability: 7.5}
"""


def told(content: str | bytes) -> tuple[str, ...]:
    """Return what is told of a file that describes a module."""
    result = read(content, Entry(name=ModuleName("snow-depth")))
    assert isinstance(result, Module), result
    return result.flaws


def changed(before: str, after: str) -> str:
    """Return the sound file with one place changed."""
    assert before in SOUND
    return SOUND.replace(before, after)


def test_a_sound_file_has_no_flaws() -> None:
    """Nobody is bothered about a file that keeps to the schema."""
    assert told(SOUND) == ()
    assert told(SOUND.replace("\n", "\r\n").encode("utf-8-sig")) == ()


@pytest.mark.parametrize(
    ("before", "after", "flaw"),
    [
        ("metadata_version: 2.3.0\n", "", "metadata_version is missing: write 2.3.0"),
        (
            "metadata_version: 2.3.0",
            "metadata_version: 1.0.0",
            "metadata_version is “1.0.0”: write 2.3.0, the schema that the other keys belong to",
        ),
        ("summary: Tells the depth of snow from a picture.\n", "summary:\n", "summary is missing: write a text"),
        ("title: Snow depth", "title: [Snow, depth]", "title is a list: write one text"),
        ("description: |-\n  Longer", "description:\n  - Longer", "description is a list: write one text"),
        ("summary: Tells the", "summary:\n  text: Tells the", "summary is a group of keys: write one text"),
        ("title: Snow depth", "title: 2024", "title is “2024” without quotes, which is no text: write '2024'"),
        ("title: Snow depth", "title: yes", "title is “yes” without quotes, which is no text: write 'yes'"),
        ("tags: [deep learning]", "tags: [2024]", "tags holds “2024” without quotes, which is no text: write '2024'"),
        ("tags: [deep learning]\n", "", "tags is missing: write a list, [] if there is nothing to say"),
        ("tags: [deep learning]", "tags: deep learning", "tags is a text: write a list, such as [deep learning]"),
        ("tags: [deep learning]", "tags: [{a: b}]", "tags holds a group of keys: write a list of plain words"),
        (
            "libraries: [PyTorch]",
            "libraries: [Pytorch]",
            "libraries holds “Pytorch”, which the schema does not know: write PyTorch",
        ),
        (
            "data-type: [Image]",
            "data-type: [Images]",
            "data-type holds “Images”, which the schema does not know: write Image",
        ),
        (
            "categories: [AI4 inference]",
            "categories: [fast]",
            (
                "categories holds “fast”, which the schema does not know: choose from AI4 pre trained, AI4 trainable, "
                "AI4 inference, AI4 tools"
            ),
        ),
        ("data-type:", "sata-type:", "sata-type is unknown to the schema: do you mean data-type?"),
        ("'2024-01-05'", "2024-01-05", "dates.created has no quotes, so that it is no text: write '2024-01-05'"),
        ("'2024-01-05'", ".nan", "dates.created is “.nan”: write a day such as '2025-03-18', in quotes"),
        ("'2024-01-05'", "'5.1.2024'", "dates.created is “5.1.2024”: write a day such as '2025-03-18', in quotes"),
        ("'2024-01-05'", "'2024-02-30'", "dates.created is “2024-02-30”: write a day such as '2025-03-18', in quotes"),
        ('  updated: "2025-01-05"\n', "", "dates.updated is missing: write a day such as '2025-03-18', in quotes"),
        (
            "2025-01-05",
            "2023-01-05",
            "dates.updated, 2023-01-05, is before dates.created, 2024-01-05: correct one of them",
        ),
        (
            "dates:\n  created: '2024-01-05'\n  updated: \"2025-01-05\"",
            "dates: '2024-01-05'",
            "dates is a text: write keys with values below it, indented by two spaces",
        ),
        (
            "  source_code: https://github.com/ai4os-hub/snow-depth\n",
            "",
            "links.source_code is missing: write the address of the repository",
        ),
        (
            "  docker_image:",
            "  weights: [https://a.example.org, https://b.example.org]\n  docker_image:",
            "links.weights is a list: write one address that begins with https://",
        ),
        (
            "  docker_image:",
            "  dataset: http://add-some-url.com\n  docker_image:",
            "links.dataset is the template's example: write your own, or leave the key out",
        ),
        (
            "memory_MB: 4000",
            "memory_MB: 8GB",
            (
                "resources.inference.memory_MB is “8GB”: write a whole number of MB without the unit, such as 8000, "
                "without quotes"
            ),
        ),
        (
            "memory_MB: 4000",
            "memory_MB: '4000'",
            (
                "resources.inference.memory_MB is “4000”: write a whole number of MB without the unit, such as 8000, "
                "without quotes"
            ),
        ),
        (
            "memory_MB: 4000",
            "memory_MB: 99999999999999999999",
            (
                "resources.inference.memory_MB is “99999999999999999999”: write a whole number of MB without the unit, "
                "such as 8000, without quotes"
            ),
        ),
        (
            "cpu: 2",
            "cpu: -1",
            "resources.inference.cpu is “-1”: write a whole number of them, such as 2, without quotes",
        ),
        (
            "cpu: 2",
            "cpu: [2, 4]",
            "resources.inference.cpu is a list: write a whole number of them, such as 2, without quotes",
        ),
        (
            "gpu_compute_capability: 7.5",
            "gpu_compute_capability: .inf",
            "resources.inference.gpu_compute_capability is “.inf”: write what a GPU must have at least, such as 7.5",
        ),
        (
            "storage_MB: 2000",
            "disk_GB: 2",
            (
                "resources.inference.disk_GB is unknown to the schema: it has cpu, gpu, memory_MB, storage_MB, "
                "gpu_memory_MB, gpu_compute_capability"
            ),
        ),
        ("  inference:", "  predict:", "resources.predict is unknown to the schema: it has inference and training"),
        ("tags:", "keywords: [a]\ntags:", "keywords belongs to metadata schema 1: write tags"),
        ("tags:", "tosca: []\ntags:", "tosca belongs to metadata schema 1: leave it out"),
        (
            "libraries: [PyTorch]\n",
            "libraries: [PyTorch]\ntitle: Snow\n",
            "title stands in line 2 and line 16, of which the last counts",
        ),
        (
            "data-type: [Image]\n",
            "data-type: [Image]\n---\ntitle: b\n",
            "line 17 begins a second document, which is not read: remove what follows it",
        ),
    ],
)
def test_a_flaw_is_told_with_its_key_and_its_mend(before: str, after: str, flaw: str) -> None:
    """The module can be deployed, and its maintainer learns which key is wrong, how, and what to write."""
    assert flaw in told(changed(before, after))


def test_bytes_that_are_no_text_are_told_with_their_line() -> None:
    """A file that was saved in an old encoding is read as far as it can be."""
    assert told(changed("Snow depth", "Schneehöhe").encode("latin-1")) == (
        "line 2 is not in UTF-8: save the file in UTF-8",
    )


def test_a_file_that_is_all_wrong_does_not_fill_the_list() -> None:
    """Whoever mends the first twenty sees the rest afterwards."""
    many = ", ".join(f"word-{number}" for number in range(1000))

    assert len(told(changed("libraries: [PyTorch]", f"libraries: [{many}]"))) == 20


def test_foreign_words_are_shown_short_and_plain() -> None:
    """What stands in a file is quoted without markup or marks that turn the text, and never at length."""
    flaw = next(iter(told(changed("2.3.0", f'"\\u202e<b>{"x" * 500}</b>"'))))

    assert "<b>" not in flaw
    assert "\u202e" not in flaw
    assert len(flaw) < 150


TREES = st.recursive(
    st.one_of(st.text(max_size=10), st.integers(), st.floats(), st.none(), st.booleans()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["title", "tags", "links", "dates", "created", "resources", "inference", "cpu", "libraries"]
            ),
            inner,
            max_size=5,
        ),
    ),
)


@given(TREES)
def test_whatever_stands_in_a_file_the_flaws_are_few_and_short(tree: object) -> None:
    """No file makes the check fail, or its answer long."""
    result = read(yaml.safe_dump({"title": "a", "links": {}, "extra": tree}), Entry(name=ModuleName("a")))

    assert isinstance(result, Module)
    assert all(0 < len(flaw) < 300 for flaw in result.flaws)


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=5))
def test_unknown_keys_are_never_an_error(document: dict[str, str]) -> None:
    """Keys of any spelling are passed over, or taken for a slip."""
    assert len(flaws(dict(document))) <= 20
