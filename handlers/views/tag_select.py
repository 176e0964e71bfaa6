"""The choice of a Docker tag: builds for CPUs and for GPUs told apart, at most a hundred."""

from slack_sdk.models.blocks import OptionGroup, StaticSelectElement

from bot.domain.form import Form
from bot.domain.request import Field
from bot.domain.tags import Build, build_of
from handlers.views.elements import OPTIONS, fits_option, option, plain
from handlers.views.form_texts import TEXTS

_LABELS = {Build.CPU: "CPU builds", Build.GPU: "GPU builds", Build.UNSAID: "Other tags"}


def tag_select(form: Form) -> StaticSelectElement | None:
    """Return the choice of a tag, or None where it must be typed: no tag is known, or the chosen one is too long."""
    tags = shown_tags(form)
    chosen = form.values.get(Field.TAG, "")
    if form.tags is None or not form.tags.tags or not tags or (chosen and chosen not in tags):
        return None
    by_build = {build: [tag for tag in tags if build_of(tag) is build] for build in _order(form)}
    groups = [
        OptionGroup(label=plain(_LABELS[build], 75), options=[option(tag, tag) for tag in group])
        for build, group in by_build.items()
        if group
    ]
    return StaticSelectElement(
        action_id=Field.TAG,
        placeholder=TEXTS[Field.TAG].placeholder,
        option_groups=groups,
        initial_option=option(chosen, chosen) if chosen else None,
    )


def shown_tags(form: Form) -> tuple[str, ...]:
    """Return the tags that are offered: the chosen one and the first of the others, as far as they fit."""
    chosen = form.values.get(Field.TAG, "")
    known = form.tags.tags if form.tags else ()
    offered = [tag for tag in dict.fromkeys(known) if fits_option(tag) and tag.strip()][:OPTIONS]
    if fits_option(chosen) and chosen not in offered:
        offered = [chosen, *offered[: OPTIONS - 1]]
    return tuple(offered)


def _order(form: Form) -> tuple[Build, ...]:
    """Put the builds that suit the hardware first."""
    return (Build.GPU, Build.UNSAID, Build.CPU) if form.gpus else (Build.CPU, Build.UNSAID, Build.GPU)
