"""Docker tags: CPU and GPU builds are told apart, and a mismatch is never silently accepted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.catalog import ImageTags
from bot.domain.tags import Build, Fit, build_of, default_tag, judge


def _known(*tags: str, certain: bool = True) -> ImageTags:
    return ImageTags(image="ai4oshub/demo-app", tags=tags, certain=certain)


@pytest.mark.parametrize(
    ("tag", "build"),
    [
        ("cpu", Build.CPU),
        ("gpu", Build.GPU),
        ("cpu-test", Build.CPU),
        ("2.10.0-gpu", Build.GPU),
        ("u22.04-CUDA11", Build.GPU),
        ("latest", Build.UNSAID),
        ("1.4", Build.UNSAID),
        ("mygpuless", Build.UNSAID),
    ],
)
def test_a_tags_name_tells_its_build(tag: str, build: Build) -> None:
    """Words in a tag say what it is built for; parts of words do not."""
    assert build_of(tag) is build


@pytest.mark.parametrize(
    ("tags", "gpus", "expected"),
    [
        (("latest", "cpu", "gpu"), 0, "cpu"),
        (("latest", "gpu"), 0, "latest"),
        (("latest", "cpu", "gpu"), 1, "gpu"),
        (("v2-gpu", "v1-gpu", "latest"), 1, "v2-gpu"),
        (("gpu-test", "v1-gpu"), 1, "v1-gpu"),
        (("v2", "v1"), 0, "v2"),
        ((), 0, "latest"),
        ((), 1, "gpu"),
    ],
)
def test_the_default_follows_the_hardware(tags: tuple[str, ...], gpus: int, expected: str) -> None:
    """The conventional tag is preferred, then a build for the hardware, newest first, tests last."""
    assert default_tag(_known(*tags), gpus=gpus) == expected


@pytest.mark.parametrize(
    ("tag", "known", "gpus", "fit"),
    [
        ("cpu", _known("cpu", "gpu"), 0, Fit.FITS),
        ("gpu", _known("cpu", "gpu"), 1, Fit.FITS),
        ("cpu", _known("cpu", "gpu"), 1, Fit.REFUSED),
        ("latest", _known("latest", "gpu"), 1, Fit.REFUSED),
        ("latest", _known("latest"), 1, Fit.ASK),
        ("gpu", _known("cpu", "gpu"), 0, Fit.ASK),
        ("nope", _known("cpu", "gpu"), 0, Fit.REFUSED),
        ("nope", _known("cpu", "gpu", certain=False), 0, Fit.FITS),
        ("latest", _known("latest", "gpu", certain=False), 1, Fit.ASK),
        ("../evil", _known("cpu", certain=False), 0, Fit.REFUSED),
        ("a b", _known("cpu", certain=False), 0, Fit.REFUSED),
        ("", _known("cpu"), 0, Fit.REFUSED),
    ],
)
def test_a_mismatch_is_refused_or_asked_about(tag: str, known: ImageTags, gpus: int, fit: Fit) -> None:
    """A tag that would waste a GPU, miss one, or does not exist never passes silently."""
    assert judge(tag, known, gpus=gpus).fit is fit


def test_a_missing_tag_is_answered_with_the_nearest() -> None:
    """A typo in a tag names the tag that was meant."""
    assert "Did you mean `gpu`?" in judge("gpuu", _known("cpu", "gpu"), gpus=1).text


@given(
    st.lists(st.sampled_from(["latest", "cpu", "gpu", "1.0", "gpu-test", "2.0-gpu"]), unique=True), st.integers(0, 1)
)
def test_the_default_is_one_of_the_tags(tags: list[str], gpus: int) -> None:
    """Where an image has tags, the default is one of them."""
    known = _known(*tags)

    assert default_tag(known, gpus=gpus) in (*tags, *(() if tags else ("latest", "gpu")))
