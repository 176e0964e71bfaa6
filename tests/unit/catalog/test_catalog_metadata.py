"""Reading metadata files: what is forgiven, and what is refused with which reason."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.catalog.gitmodules import Entry
from bot.catalog.images import is_image, is_tag
from bot.catalog.metadata import read
from bot.domain.base import ModuleName
from bot.domain.catalog import BrokenItem, Capability, Module, Wanted
from tests.fakes.catalog import CLOUD_TRAINER, DEMO_APP, OWL_CALLER
from tests.unit.catalog.published import as_metadata

DATA = Path(__file__).parents[2] / "data" / "catalog"
ENTRY = Entry(name=ModuleName("snow-depth"), url="https://github.com/ai4os-hub/snow-depth", branch="main")


def module_in(content: str | bytes, entry: Entry = ENTRY) -> Module:
    """Return the module that a file describes."""
    result = read(content, entry)
    assert isinstance(result, Module), result
    return result


def reason_of(content: str | bytes, entry: Entry = ENTRY) -> str:
    """Return why a file describes no module."""
    result = read(content, entry)
    assert isinstance(result, BrokenItem), result
    return result.reason


def file(name: str) -> Module:
    """Return the module that one of the example files describes."""
    return module_in((DATA / f"{name}.yml").read_bytes())


@pytest.mark.parametrize("module", [DEMO_APP, CLOUD_TRAINER, OWL_CALLER], ids=lambda module: module.name)
def test_a_valid_file_is_read_whole(module: Module) -> None:
    """Everything that a valid file says arrives in the module."""
    entry = Entry(name=module.name, url=f"https://github.com/ai4os-hub/{module.name}", branch="main")

    assert module_in(as_metadata(module), entry) == module


def test_unquoted_dates_are_dates() -> None:
    """A date without quotes, which the platform's own check refuses, is read as it was meant."""
    module = file("unquoted-dates")

    assert (module.created, module.updated) == ("2025-03-18", "2025-04-02")


@pytest.mark.parametrize("written", ["2024-13-45", "soon", "24", "{}", "2024-01"])
def test_an_impossible_date_is_none(written: str) -> None:
    """What is no day is left out, and the module stays."""
    assert module_in(f"title: a\ndates: {{created: {written}}}\n").created == ""


def test_the_vocabulary_is_spelled_as_the_schema_has_it() -> None:
    """A library that is spelled differently counts as the one that was meant."""
    assert file("unquoted-dates").libraries == ("PyTorch",)


def test_the_first_schema_is_read() -> None:
    """A file of schema 1 has its image, paragraphs, key words and addresses in other places."""
    module = file("schema-v1")

    assert module == Module(
        name=ModuleName("snow-depth"),
        title="Harbour traffic counter",
        summary="Counts ships in pictures of a harbour.",
        description=(
            "Counts ships of five kinds in pictures taken from above.\n\n"
            "Trained on pictures of three harbours in winter."
        ),
        image="deephdc/harbour-traffic",
        capabilities=(Capability.INFERENCE, Capability.TRAINABLE),
        tags=("tensorflow", "docker", "trainable", "pre-trained"),
        license="MIT",
        links=(
            ("Source code", "https://github.com/deephdc/harbour-traffic"),
            ("Dataset", "https://data.example-harbour.org/three-harbours"),
            ("Weights", "https://weights.example-harbour.org/winter.h5"),
            ("Citation", "https://doi.org/10.1234/harbour.2017.5"),
        ),
        created="2017-04-30",
        flaws=("is written in metadata schema 1: rewrite it in schema 2.3.0",),
    )


def test_old_tags_tell_what_a_module_is_good_for() -> None:
    """Where categories are empty, the tags of older files count."""
    module = file("old-tags")

    assert module.capabilities == (Capability.INFERENCE, Capability.TRAINABLE)
    assert module.image == "ai4oshub/snow-depth"


@pytest.mark.parametrize(
    ("categories", "expected"),
    [
        ("[AI4 trainable]", (Capability.TRAINABLE,)),
        ("[AI4 inference]", (Capability.INFERENCE,)),
        ("[ai4-pre-trained]", (Capability.INFERENCE,)),
        ("[AI4 Trainable, AI4 pre trained]", (Capability.INFERENCE, Capability.TRAINABLE)),
        ("AI4 trainable", (Capability.TRAINABLE,)),
        ("[AI4 tools]", ()),
        ("", ()),
    ],
)
def test_categories_tell_what_a_module_is_good_for(categories: str, expected: tuple[Capability, ...]) -> None:
    """Both capabilities may be there, however they are spelled, and neither excludes the other."""
    assert module_in(f"title: a\ncategories: {categories}\n").capabilities == expected


def test_markup_becomes_plain_text() -> None:
    """Titles, summaries and descriptions lose pictures, films, markup and HTML, but no words or addresses."""
    module = file("html-description")

    assert module.title == "Kite finder (beta)"
    assert module.summary == "Finds kites in pictures (https://kites.example-sky.org)."
    assert module.description == (
        "Kites\n\nFinds kites & balloons, see the paper (https://kites.example-sky.org/paper) or\n"
        "our site (https://kites.example-sky.org/).\n\nTraining\n\n• with your own pictures\n• with ours,\n"
        "from 2 < 3 places"
    )


def test_useless_links_are_left_out() -> None:
    """What the template left behind, and what is no web address, is no link."""
    assert file("html-description").links == (("Source code", "https://github.com/ai4os-hub/kite-finder"),)


def test_the_last_of_two_equal_keys_wins() -> None:
    """A key that stands there twice counts once, as the platform reads it."""
    assert file("html-description").libraries == ("TensorFlow",)


def test_a_merge_key_brings_in_what_it_names() -> None:
    """What two groups of keys share may be written once."""
    module = module_in(
        "title: a\nresources:\n  inference: &small {cpu: 2, gpu: 0}\n  training:\n    <<: *small\n    gpu: 1\n"
    )

    assert module.inference == Wanted(cpu=2, gpu=0)
    assert module.training == Wanted(cpu=2, gpu=1)


def test_a_compute_capability_is_a_number() -> None:
    """What no GPU has is no recommendation."""
    module = module_in(
        "title: a\nresources:\n"
        "  inference: {gpu_compute_capability: 7.5}\n  training: {gpu_compute_capability: 100.0}\n"
    )

    assert (module.inference.gpu_capability, module.training.gpu_capability) == (7.5, None)


def test_impossible_hardware_is_ignored() -> None:
    """Recommended hardware that makes no sense is no recommendation; the rest of it counts."""
    module = file("html-description")

    assert module.inference == Wanted(cpu=2, gpu=0, ram_mb=1501)
    assert module.training == Wanted(gpu=1, ram_mb=16000)


def test_a_file_without_an_image_means_the_conventional_one() -> None:
    """By convention the image is named like the module, in lower case."""
    module = module_in("title: Nets", Entry(name=ModuleName("DEEP-OC-Nets")))

    assert module.image == "ai4oshub/deep-oc-nets"
    assert module.fixed_tag == ""


def test_a_file_without_a_title_shows_the_name() -> None:
    """A module can be deployed without a title."""
    assert module_in("links:\n  docker_image: ai4oshub/nets").title == "snow-depth"


def test_an_image_with_a_tag_of_its_own_fixes_the_tag() -> None:
    """A foreign image with a tag is split into both."""
    module = module_in("title: a\nlinks: {docker_image: 'lab/frames:2.10.0-gpu'}")

    assert (module.image, module.fixed_tag) == ("lab/frames", "2.10.0-gpu")


def test_a_byte_order_mark_and_windows_lines_are_no_obstacle() -> None:
    """Files from other systems are read."""
    assert module_in("\ufefftitle: a\r\nsummary: b\r\n".encode()).summary == "b"
    assert module_in("title: höhe".encode("utf-16")).title == "höhe"


def test_only_the_first_document_of_a_file_counts() -> None:
    """What follows after three hyphens is not looked at."""
    assert module_in("title: a\n---\ntitle: b\n").title == "a"


def test_direction_marks_and_control_characters_do_not_survive() -> None:
    """A title cannot turn the text around it."""
    assert module_in('title: "a\\u202eb\\0c\\ud800"').title == "abc?"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "is empty"),
        ("# nothing but a comment\n", "is empty"),
        ("- a\n- b\n", "holds a text or a list instead of keys with values"),
        ("just words", "holds a text or a list instead of keys with values"),
        ("<!DOCTYPE html><html></html>", "holds a web page instead of metadata"),
        ("colour: red", "has neither a title nor links.docker_image: is it really a module's metadata?"),
        (
            "title: a\nsummary: one: two\n",
            (
                "is not valid YAML: line 2, column 13: mapping values are not allowed here "
                "(a value that holds a colon needs quotes)"
            ),
        ),
        (
            "title: a\n\tsummary: b\n",
            (
                "is not valid YAML: line 2, column 1: found character '\\t' that cannot start any token "
                "(indent with spaces, not with tabs)"
            ),
        ),
        ("title: a\nsummary: \x07\n", "is not valid YAML: line 2, column 10: the character U+0007 is not allowed"),
        ('title: "\\UFFFFFFFF"', "is not valid YAML: it holds an escape of a character that does not exist"),
        ("a: " + "[" * 200, "is not valid YAML: line 1, column 33: too many levels or aliases"),
        ("a: &b [c]\nd: [" + "*b," * 60 + "]", "is not valid YAML: line 2, column 155: too many levels or aliases"),
        ("a: &b [*b]", "is not valid YAML: line 1, column 4: found unconstructable recursive node"),
        ("title: " + "a" * 300_000, "is larger than 64 KB: keep long texts in the documentation"),
        (
            "title: a\n<<<<<<< HEAD\nsummary: b\n=======\nsummary: c\n>>>>>>> main\n",
            "is not valid YAML: line 2: a merge conflict was left there: keep one of the two versions",
        ),
        (
            "title: a\nlinks: {docker_image: 'two words'}",
            "has an unusable links.docker_image: “two words” is not an image name such as organisation/name",
        ),
        (
            "title: a\nlinks: {docker_image: 'https://github.com/a/b'}",
            (
                "has an unusable links.docker_image: “https://github.com/a/b” is the address of source code, "
                "not of an image"
            ),
        ),
    ],
)
def test_what_cannot_be_deployed_has_a_reason_that_helps_its_maintainer(content: str, expected: str) -> None:
    """The reason names the place or the key, and what to do."""
    assert reason_of(content) == expected


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ("title: `a`\n", "a value that begins with this character needs quotes"),
        ("title: @a\n", "a value that begins with this character needs quotes"),
        ("title: **a**\n", "a value that begins with * or & needs quotes"),
        ("title: *a\n", "a value that begins with * needs quotes"),
        ("title: 'it's'\n", "a quote ends within the value: write two of them, or the other kind"),
        ('title: "a\n', "a quote is opened and not closed"),
        ('title: "C:\\data"\n', "write two backslashes for one, or use single quotes"),
        ("tags: [a, b\nsummary: c\n", "a list that is opened with [ is not closed before this place"),
        ("links: {a: b\nsummary: c\n", "a group that is opened with { is not closed before this place"),
        ("links:\n    a: b\n  c: d\n", "lines of one group must be indented alike"),
        ("description: | text\n", "the text after | or > begins on the next line, indented"),
        ("title: {{ cookiecutter.title }}\n", "a value that begins with { or [ needs quotes"),
        ("title: a\ndescription: |\nb\nsummary: c\n", "a key needs a colon, a longer text needs to be indented"),
    ],
)
def test_what_is_not_yaml_is_told_with_its_usual_cause(content: str, hint: str) -> None:
    """A maintainer who does not know YAML learns what to write."""
    assert reason_of(content).startswith("is not valid YAML: line ")
    assert reason_of(content).endswith(f"({hint})")


@pytest.mark.parametrize(
    "content",
    [
        "version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 3\n",
        '{"message": "Not Found"}',
        "\x89PNG\r\n",
        "# My module\n\nwith a text\n",
        "- title: a\n",
        "...\n",
        "%YAML 9.9\n---\ntitle: a\n",
        "? [a]\n: b\n",
        "--- a\n--- b\n",
    ],
)
def test_other_things_in_place_of_metadata_are_told(content: str) -> None:
    """Whatever lies where a metadata file should, its maintainer is told in one line."""
    assert reason_of(content)
    assert "\n" not in reason_of(content)


def test_a_name_that_cannot_be_an_image_needs_an_image_in_the_file() -> None:
    """No image is guessed where the convention gives none."""
    entry = Entry(name=ModuleName("odd.-name"))

    assert reason_of("title: a", entry) == "names no links.docker_image, and its own name cannot be an image's"


def test_tags_in_yaml_make_no_objects() -> None:
    """Nothing in a file is run or built: what asks for it is taken as text."""
    assert module_in("title: !!python/object/apply:os.getcwd []\nsummary: a\nlinks: {docker_image: b}").summary == "a"


KEYS = st.sampled_from(
    ["title", "summary", "description", "links", "docker_image", "sources", "tags", "dates", "resources", "cpu", "x"]
)
SCALARS = st.one_of(st.text(max_size=30), st.integers(), st.floats(), st.booleans(), st.none(), st.dates().map(str))
TREES = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=6))
)
"""Metadata with the right keys and anything in them."""


@given(st.dictionaries(KEYS, TREES, max_size=8))
def test_no_mapping_is_too_odd(tree: dict[str, object]) -> None:
    """Whatever stands under the known keys, the answer is a module with a usable image, or a reason."""
    result = read(yaml.safe_dump(tree, allow_unicode=True), ENTRY)

    assert isinstance(result, BrokenItem) or (is_image(result.image) and result.title)
    assert isinstance(result, Module) or result.reason


@given(
    st.text(alphabet=st.characters(), max_size=300) | st.text(alphabet="&*[]{}:-!?|>'\"%@`,\n\t \\ab01", max_size=200)
)
def test_no_text_is_too_odd(text: str) -> None:
    """Any text at all gives a module or a reason, never an exception."""
    result = read(text, ENTRY)

    assert isinstance(result, BrokenItem) or is_image(result.image)


@given(st.binary(max_size=300))
def test_no_bytes_are_too_odd(content: bytes) -> None:
    """Any bytes at all give a module or a reason, and what is given can be sent on."""
    result = read(content, ENTRY)

    assert result.model_dump_json()


@given(st.text(max_size=80))
def test_an_image_in_a_module_is_always_strict(text: str) -> None:
    """Whatever a file names as image, only a strictly valid name and tag come out."""
    result = read(yaml.safe_dump({"title": "a", "links": {"docker_image": text}}), ENTRY)

    assert isinstance(result, BrokenItem) or is_image(result.image)
    assert isinstance(result, BrokenItem) or result.fixed_tag == "" or is_tag(result.fixed_tag)
