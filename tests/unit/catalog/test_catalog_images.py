"""Image names: what maintainers write, and what may go into a job."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalog.images import NotAnImage, conventional_image, is_image, is_tag, parse_image


@pytest.mark.parametrize(
    ("written", "image", "tag"),
    [
        ("ai4oshub/kites", "ai4oshub/kites", ""),
        ("  'ai4oshub/kites/' ", "ai4oshub/kites", ""),
        ("kites", "ai4oshub/kites", ""),
        ("kites:gpu", "ai4oshub/kites", "gpu"),
        ("ai4os-hub/kites", "ai4oshub/kites", ""),
        ("AI4OS-Hub/Kites:GPU", "ai4oshub/kites", "GPU"),
        ("deephdc/DEEP-OC-kites", "deephdc/deep-oc-kites", ""),
        ("lab/frames:2.10.0-gpu", "lab/frames", "2.10.0-gpu"),
        ("docker.io/lab/frames:1", "lab/frames", "1"),
        ("index.docker.io/lab/frames", "lab/frames", ""),
        ("docker pull lab/frames", "lab/frames", ""),
        ("docker://lab.example-registry.org/frames:1", "lab.example-registry.org/frames", "1"),
        ("https://hub.docker.com/r/lab/frames", "lab/frames", ""),
        ("https://hub.docker.com/r/lab/frames/tags?name=gpu", "lab/frames", ""),
        ("https://hub.docker.com/repository/docker/lab/frames/general", "lab/frames", ""),
        ("https://hub.docker.com/_/python", "library/python", ""),
        ("hub.docker.com/r/lab/frames", "lab/frames", ""),
        ("https://registry.example-lab.org/group/frames", "registry.example-lab.org/group/frames", ""),
        ("registry.example-lab.org:5000/group/frames:1", "registry.example-lab.org:5000/group/frames", "1"),
        ("lab/frames:", "lab/frames", ""),
        ("localhost/frames", "localhost/frames", ""),
    ],
)
def test_an_image_is_read_as_it_was_meant(written: str, image: str, tag: str) -> None:
    """Registries, organisations, tags and page addresses are told apart."""
    reference = parse_image(written)

    assert (reference.image, reference.tag) == (image, tag)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "two words",
        "lab/frames@sha256:0123",
        "https://user:word@registry.example-lab.org/a/b",
        "https://github.com/lab/frames",
        "https://[",
        "lab//frames",
        "../frames",
        "lab/../frames",
        "-lab/frames",
        "lab/frames:-x",
        "lab/fr\names",
        "lab/${HOME}",
        "lab/frames;id",
        "läb/frames",
        "lab/" + "f" * 300,
        "https://hub.docker.com/r/lab",
    ],
)
def test_what_is_no_image_is_refused(written: str) -> None:
    """Nothing that a registry would not accept comes through."""
    with pytest.raises(NotAnImage):
        parse_image(written)


def test_the_conventional_image_is_in_lower_case() -> None:
    """The platform publishes images under the module's name in lower case."""
    assert conventional_image("DEEP-OC-Kites") == "ai4oshub/deep-oc-kites"


@given(st.text(max_size=60))
def test_only_strict_names_come_out(text: str) -> None:
    """Whatever is written, what comes out is strictly valid and reads as itself."""
    try:
        reference = parse_image(text)
    except NotAnImage:
        return

    assert is_image(reference.image)
    assert reference.tag == "" or is_tag(reference.tag)
    assert parse_image(reference.image).image == reference.image
