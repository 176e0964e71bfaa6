"""One module's page: what it is for, what it needs, whether that is free now, its links, and Deploy."""

from collections.abc import Sequence

from slack_sdk.models.blocks import Block, ButtonElement
from slack_sdk.models.views import View

from bot.domain.catalog import Module, Wanted
from bot.domain.deployment import Hardware
from bot.domain.marketplace import Browsing, PlatformRoom, Room, recommended
from handlers.ids import Action, BlockId, Callback
from handlers.views import mrkdwn, wording
from handlers.views.elements import VALUE_LENGTH, actions, button, context, facts, header, modal, section
from handlers.views.elements import verbatim_section as verbatim
from handlers.views.form_texts import CAPABILITIES
from handlers.views.marketplace import tags_of

TITLE = "Module"
DESCRIPTION_LENGTH = 2500
_LIST, _LINKS, _PLATFORMS = 200, 10, 10
_ASKING = ":hourglass_flowing_sand: The cluster is being asked …"
_MARKS = {
    Room.NOW: ":large_green_circle:",
    Room.IN_USE: ":large_yellow_circle:",
    Room.NOWHERE: ":no_entry:",
    Room.TOO_MUCH: ":no_entry:",
    Room.UNKNOWN: ":grey_question:",
}


def render(module: Module, *, rooms: Sequence[PlatformRoom] | None = None, came_from: Browsing | None = None) -> View:
    """Return the page. `rooms` is None while the cluster is being asked, `came_from` None if there was no list."""
    return modal(
        TITLE,
        [
            header(module.title.strip() or module.name, block_id=BlockId.HEAD),
            section(_purpose(module), block_id=BlockId.SUMMARY),
            actions([_deploy(module), _back(came_from)], block_id=BlockId.BUTTONS),
            section(_room(module, rooms), block_id=BlockId.ROOM),
            facts(_facts(module), block_id=BlockId.FACTS),
            *_more(module),
        ],
        callback=Callback.MODULE,
        metadata=str(came_from) if came_from else "",
    )


def needs(wanted: Wanted) -> str:
    """Say in a line what hardware the metadata recommends; empty where it recommends none."""
    if wanted == Wanted():
        return ""
    hardware = Hardware(cpu=wanted.cpu, gpus=wanted.gpu or 0, ram_mb=wanted.ram_mb, disk_mb=wanted.disk_mb)
    is_said = hardware != Hardware()
    memory = f"{wanted.gpu_memory_mb:,} MB GPU memory" if wanted.gpu_memory_mb else ""
    capability = f"GPU compute capability {wanted.gpu_capability:g} or more" if wanted.gpu_capability else ""
    parts = (wording.hardware(hardware) if is_said else "", memory, capability)
    return " · ".join(part for part in parts if part)


def _purpose(module: Module) -> str:
    good_for = wording.listed([CAPABILITIES[capability] for capability in module.capabilities])
    summary = mrkdwn.prose(module.summary, 600) if module.summary.strip() else ""
    kind = f"{mrkdwn.code(module.name, 80)}{f' {good_for}.' if good_for else ''}"
    return "\n".join(part for part in (summary, kind) if part)


def _deploy(module: Module) -> ButtonElement:
    return button("Deploy", Action.MODULE_DEPLOY, value=module.name[:VALUE_LENGTH], style="primary")


def _back(came_from: Browsing | None) -> ButtonElement:
    return button("Browse modules" if came_from is None else "Back to the list", Action.MODULES_BACK)


def _room(module: Module, rooms: Sequence[PlatformRoom] | None) -> str:
    wanted = recommended(module)
    checked = needs(wanted.model_copy(update={"gpu_memory_mb": None, "gpu_capability": None}))  # no plan tells of these
    what = f"*Free right now?* With {f'{checked}, as recommended' if checked else 'the usual hardware of a platform'}:"
    if rooms is None:
        return f"{what}\n{_ASKING}"
    lines = [_room_line(each) for each in rooms[:_PLATFORMS]]
    more = [f"… and {len(rooms) - _PLATFORMS} platforms more"] if len(rooms) > _PLATFORMS else []
    return "\n".join([what, *lines, *more])


def _room_line(found: PlatformRoom) -> str:
    reason = found.reason.strip()
    said = f"{found.room.value} ({reason})" if reason else found.room.value
    if found.room is Room.NOWHERE and reason:
        said = reason  # it says it all
    return f"{_MARKS[found.room]} {mrkdwn.name(found.platform, 40)}: {mrkdwn.foreign(wording.closed(said), 200)}"


def _facts(module: Module) -> list[tuple[str, str]]:
    return [
        ("Can run", wording.listed([service.label for service in module.services], last="or")),
        ("Image", mrkdwn.code(f"{module.image}:{module.fixed_tag}" if module.fixed_tag else module.image, 200)),
        *[(label, text) for label, text in _optional(module) if text],
    ]


def _optional(module: Module) -> list[tuple[str, str]]:
    """Return what only some metadata say, escaped; empty where this one does not."""
    day = " · ".join(part for part in (_day("created", module.created), _day("updated", module.updated)) if part)
    return [
        ("Recommended for inference", needs(module.inference)),
        ("Recommended for training", needs(module.training)),
        ("Licence", mrkdwn.prose(module.license, 100) if module.license.strip() else ""),
        ("Libraries", _words(module.libraries)),
        ("Tasks", _words(module.tasks)),
        ("Data types", _words(module.data_types)),
        ("Dates", day),
    ]


def _words(words: Sequence[str]) -> str:
    shown = ", ".join(word for word in words if word.strip())
    return mrkdwn.prose(shown, _LIST) if shown else ""


def _day(what: str, day: str) -> str:
    return f"{what} {mrkdwn.foreign(day, 20)}" if day.strip() else ""


def _more(module: Module) -> list[Block]:
    found: list[Block] = []
    categories = [mrkdwn.prose(each, 40) for each in module.categories[:8] if each.strip()]
    tags = " · ".join(part for part in (tags_of(module, most=20), *categories) if part)
    if tags:
        found.append(context(f"Tags: {tags}", block_id=BlockId.NOTE))
    if module.links:
        lines = [_link(label, url) for label, url in module.links[:_LINKS]]
        found.append(section("\n".join(["*Links*", *lines]), block_id=BlockId.LINKS))
    if module.description.strip():
        text = mrkdwn.cut_at_word(mrkdwn.lines(module.description, 2 * DESCRIPTION_LENGTH), DESCRIPTION_LENGTH)
        found.append(verbatim(text, block_id=BlockId.DESCRIPTION))
    return found


def _link(label: str, url: str) -> str:
    """Return a link for a safe web address; any other is shown and leads nowhere."""
    text = mrkdwn.foreign(label, 40)
    is_safe = url.startswith("https://")
    return f"• {mrkdwn.link(url, text, limit=250)}" if is_safe else f"• {text}: {mrkdwn.code(url, 120)}"
