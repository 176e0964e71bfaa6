"""The deploy form, in the order of the Dashboard: General, Hardware, Storage; fields only where they apply."""

from collections.abc import Iterable, Sequence

from slack_sdk.models.blocks import Block, ButtonElement
from slack_sdk.models.views import View

from bot.domain.catalog import Module
from bot.domain.form import Form, field_of
from bot.domain.marketplace import Browsing
from bot.domain.request import Field, Problem
from handlers.ids import Action, BlockId, Callback
from handlers.views import buttons, mrkdwn
from handlers.views.elements import actions, button, context, header, modal, section
from handlers.views.form_fields import field_input
from handlers.views.form_texts import CAPABILITIES, TEXTS
from handlers.views.message import Message
from handlers.views.wording import listed

TITLE = "Deploy a module"
GENERAL = (
    Field.PLATFORM,
    Field.MODULE,
    Field.SERVICE,
    Field.PASSWORD,
    Field.TAG,
    Field.TAG_CONFIRMED,
    Field.TITLE,
    Field.DESCRIPTION,
    Field.HOSTNAME,
)
HARDWARE = (Field.CPU, Field.GPU, Field.GPU_MODEL, Field.GPU_REASON, Field.RAM, Field.DISK, Field.SITE)
STORAGE = (Field.STORAGE_URL, Field.STORAGE_USER, Field.STORAGE_PASSWORD)
BEFORE_MODULE = (Field.PLATFORM, Field.MODULE, Field.TITLE)
ERROR_LENGTH = 500
_PROBLEMS = 15
_EXPIRED = "Slack lets a form open only for 3 seconds, and this time it took longer. Nothing was changed."
_STORAGE = "Mount your Nextcloud directory under /storage: what you keep there stays when the deployment ends."


def render(form: Form) -> View:
    """Return the form with the fields that apply and what stands in them; secrets never stand in them."""
    return modal(
        TITLE,
        [*_top(form), *(_fields(form, form.module) if form.module else _inputs(form, BEFORE_MODULE))],
        callback=Callback.DEPLOY_FORM,
        submit="Next",
        close="Cancel",
        metadata=form.draft,
        notify_on_close=True,
    )


def errors(form: Form, problems: Sequence[Problem], *, shown: Iterable[str] = ()) -> dict[str, str]:
    """Return the `errors` of an answer to a submission, under inputs that are on the screen.

    `shown` has the block ids of the view that was submitted, which may be a step behind the form; without it, the
    form's own count. A problem of a field that is not shown stands under the module, with the field's name in front.
    """
    blocks = {field: block for block in shown if (field := field_of(block)) is not None}
    blocks = blocks or {field: form.block_id(field) for field in shown_fields(form)}
    elsewhere = blocks.get(Field.MODULE) or next(iter(blocks.values()))
    found: dict[str, list[str]] = {}
    for problem in problems:
        block = blocks.get(problem.field)
        text = problem.text if block else f"{TEXTS[problem.field].label}: {problem.text}"
        found.setdefault(block or elsewhere, []).append(text)
    return {block: mrkdwn.one_line(mrkdwn.unmarked(" ".join(texts)), ERROR_LENGTH) for block, texts in found.items()}


def shown_fields(form: Form) -> tuple[Field, ...]:
    """Return the fields that have an input in the form as it is, in their order."""
    fields = (*GENERAL, *HARDWARE, *STORAGE) if form.module else BEFORE_MODULE
    return tuple(field for field in fields if form.applies(field))


def reopen(*, command: str = "", problems: Sequence[Problem] = ()) -> Message:
    """Return the offer to open the form again after its time had run out; `command` fills it in.

    `problems` are what it was to be opened for.
    """
    again = actions([buttons.deploy("Open the form", command=command, style="primary")], block_id=BlockId.BUTTONS)
    text = f"{_EXPIRED} Press the button to open it again."
    found = [section(_problems(problems), block_id=BlockId.PROBLEMS)] if problems else []
    told = f"{_problems(problems)}\n{text}" if problems else text
    return Message(told, [*found, section(text, block_id=BlockId.TEXT), again])


def _top(form: Form) -> list[Block]:
    toggle = button("Hide help" if form.shows_help else "Show help", Action.TOGGLE_HELP)
    blocks: list[Block] = [actions([toggle], block_id=BlockId.TOGGLES)]
    if form.problems:
        blocks.append(section(_problems(form.problems), block_id=BlockId.PROBLEMS, accessory=_browse(form)))
    if form.notices:
        text = "\n".join(f":information_source: {mrkdwn.foreign(notice, 300)}" for notice in form.notices[:5])
        blocks.append(context(text, block_id=BlockId.NOTICES))
    return blocks


def _browse(form: Form) -> ButtonElement | None:
    """Return the way to the catalogue, for whoever named a module that is not in it."""
    name = form.values.get(Field.MODULE, "")
    is_unknown = form.module is None and any(problem.field is Field.MODULE for problem in form.problems)
    return button("Browse modules", Action.MENU_MODULES, value=str(Browsing.of(name))) if is_unknown else None


def _fields(form: Form, module: Module) -> list[Block]:
    word = "No storage" if form.wants_storage else "Connect Nextcloud storage"
    return [
        header("General", block_id=BlockId.GENERAL),
        *_general(form, module),
        header("Hardware", block_id=BlockId.HARDWARE),
        *_inputs(form, HARDWARE),
        header("Storage", block_id=BlockId.STORAGE),
        section(_STORAGE, block_id=BlockId.STORAGE_TOGGLE, accessory=button(word, Action.TOGGLE_STORAGE)),
        *_inputs(form, STORAGE),
    ]


def _general(form: Form, module: Module) -> list[Block]:
    """Return the general fields, with what the module is for right under its choice."""
    after = GENERAL.index(Field.MODULE) + 1
    about = context(_about(module), block_id=BlockId.MODULE_FACTS)
    return [*_inputs(form, GENERAL[:after]), about, *_inputs(form, GENERAL[after:])]


def _inputs(form: Form, fields: Sequence[Field]) -> list[Block]:
    return [field_input(form, field) for field in fields if form.applies(field)]


def _about(module: Module) -> str:
    good_for = listed([CAPABILITIES[capability] for capability in module.capabilities])
    summary = mrkdwn.foreign(module.summary, 300) if module.summary.strip() else ""
    links = " · ".join(mrkdwn.link(url, mrkdwn.foreign(label, 40), limit=300) for label, url in module.links[:3])
    name = f"{mrkdwn.name(module.title or module.name)}{f' {good_for}.' if good_for else ''}"
    return "\n".join(part for part in (name, summary, links) if part)


def _problems(problems: Sequence[Problem]) -> str:
    shown = problems[:_PROBLEMS]
    lines = [f"• *{TEXTS[problem.field].label}*: {mrkdwn.foreign(problem.text, 140)}" for problem in shown]
    more = [f"… and {len(problems) - len(shown)} more"] if len(problems) > len(shown) else []
    return "\n".join([":warning: *Please look at these again:*", *lines, *more])
