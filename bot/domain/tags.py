"""Docker tags: which hardware a tag is built for, and whether it goes with the hardware that was chosen.

The convention is the platform's: `latest` and `cpu` for CPUs, `gpu` for GPUs, `*-test` for tests.
"""

import re
from difflib import get_close_matches
from enum import StrEnum

from bot.domain.base import Frozen
from bot.domain.catalog import ImageTags

CONVENTIONAL = ("latest", "cpu", "gpu")
_WORDS = re.compile(r"[a-z]+")
_GPU_WORDS = frozenset({"gpu", "cuda", "nvidia"})
_CPU_WORDS = frozenset({"cpu"})
_VALID = re.compile(r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$")


class Build(StrEnum):
    """What a tag's name says about the hardware it is built for."""

    CPU = "cpu"
    GPU = "gpu"
    UNSAID = "unsaid"


class Fit(StrEnum):
    """Whether a tag goes with the chosen hardware."""

    FITS = "fits"
    ASK = "ask"
    REFUSED = "refused"


class TagVerdict(Frozen):
    """The judgement on a tag and, unless it fits, the sentence that says why and how to mend it."""

    fit: Fit
    text: str = ""


def build_of(tag: str) -> Build:
    """Read from a tag's name which hardware it is built for."""
    words = set(_WORDS.findall(tag.casefold()))
    if words & _GPU_WORDS:
        return Build.GPU
    return Build.CPU if words & _CPU_WORDS else Build.UNSAID


def is_test(tag: str) -> bool:
    """Tell whether a tag names a test build."""
    return "test" in _WORDS.findall(tag.casefold())


def default_tag(known: ImageTags, *, gpus: int) -> str:
    """Return the tag that suits the hardware best; the image's first tag where none is plainly right."""
    wanted = ("gpu",) if gpus else ("cpu", "latest")
    exact = [tag for tag in wanted if tag in known.tags]
    if exact:
        return exact[0]
    regular = [tag for tag in known.tags if not is_test(tag)] or list(known.tags)
    build = Build.GPU if gpus else Build.CPU
    suited = [tag for tag in regular if build_of(tag) is build]
    neutral = [tag for tag in regular if build_of(tag) is Build.UNSAID]
    return next(iter([*suited, *neutral, *regular]), "gpu" if gpus else "latest")


def judge(tag: str, known: ImageTags, *, gpus: int) -> TagVerdict:
    """Judge a tag for an image and the number of GPUs: it fits, must be confirmed, or is refused."""
    if not _VALID.match(tag):
        return TagVerdict(fit=Fit.REFUSED, text="This is not a Docker tag. Choose one from the list.")
    if known.certain and tag not in known.tags:
        return TagVerdict(fit=Fit.REFUSED, text=_no_such_tag(tag, known))
    build = build_of(tag)
    if gpus and build is not Build.GPU:
        return _on_gpu(tag, build, known)
    if not gpus and build is Build.GPU:
        text = f"`{tag}` is built for GPUs, but no GPU is asked for. Choose {_offer(known, gpus=0)}, or ask for a GPU."
        return TagVerdict(fit=Fit.ASK, text=text)
    return TagVerdict(fit=Fit.FITS)


def _on_gpu(tag: str, build: Build, known: ImageTags) -> TagVerdict:
    has_gpu_build = any(build_of(other) is Build.GPU for other in known.tags)
    if build is Build.CPU or (has_gpu_build and known.certain):
        text = f"`{tag}` would leave the GPU unused. Choose {_offer(known, gpus=1)}, or set GPUs to 0."
        return TagVerdict(fit=Fit.REFUSED, text=text)
    text = f"It is not known whether `{tag}` can use a GPU. Choose {_offer(known, gpus=1)}, or confirm that it can."
    return TagVerdict(fit=Fit.ASK, text=text)


def _no_such_tag(tag: str, known: ImageTags) -> str:
    if not known.tags:
        return f"The image registry has no image {known.image}: its maintainers must publish it first."
    near = get_close_matches(tag, known.tags, n=1)
    mend = f"Did you mean `{near[0]}`?" if near else "Choose one from the list."
    return f"{known.image} has no tag `{tag}`. {mend}"


def _offer(known: ImageTags, *, gpus: int) -> str:
    best = default_tag(known, gpus=gpus)
    fits = build_of(best) is (Build.GPU if gpus else Build.CPU) or (not gpus and build_of(best) is Build.UNSAID)
    return f"`{best}`" if fits and best in known.tags else "another tag"
