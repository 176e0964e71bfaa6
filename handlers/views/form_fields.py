"""The inputs of the deploy form: one for each field, with what it offers and what stands in it."""

from collections.abc import Sequence

from slack_sdk.models.blocks import (
    CheckboxesElement,
    ExternalDataSelectElement,
    InputBlock,
    InputInteractiveElement,
    NumberInputElement,
    Option,
    PlainTextInputElement,
    RadioButtonsElement,
    StaticSelectElement,
)

from bot.domain.form import ANY_GPU, ANY_SITE, Form
from bot.domain.platform import Range
from bot.domain.request import SECRET_FIELDS, Field
from bot.domain.validation import (
    CONFIRMED,
    DESCRIPTION_LENGTH,
    PASSWORD_LONGEST,
    REASON_LENGTH,
    TITLE_LENGTH,
)
from handlers.views import mrkdwn
from handlers.views.elements import OPTIONS, fits_option, option, plain
from handlers.views.form_texts import EITHER_OR, SERVICE_PURPOSES, TEXTS
from handlers.views.module_select import module_option
from handlers.views.tag_select import shown_tags, tag_select

HINT_LENGTH = 1000
HOSTNAME_LENGTH = 40
ADDRESS_LENGTH = 1000
USER_LENGTH = 200
DISPATCHING = frozenset({Field.PLATFORM, Field.MODULE, Field.SERVICE, Field.GPU, Field.TAG})
_OPTIONAL = frozenset({Field.PASSWORD, Field.TAG_CONFIRMED, Field.TITLE, Field.DESCRIPTION, Field.HOSTNAME})
_LONGEST = {
    Field.PASSWORD: PASSWORD_LONGEST,
    Field.TAG: 128,
    Field.TITLE: TITLE_LENGTH,
    Field.DESCRIPTION: DESCRIPTION_LENGTH,
    Field.HOSTNAME: HOSTNAME_LENGTH,
    Field.GPU_REASON: REASON_LENGTH,
    Field.STORAGE_URL: ADDRESS_LENGTH,
    Field.STORAGE_USER: USER_LENGTH,
    Field.STORAGE_PASSWORD: PASSWORD_LONGEST,
}
_MULTILINE = frozenset({Field.DESCRIPTION, Field.GPU_REASON})


def field_input(form: Form, field: Field) -> InputBlock:
    """Return the input of a field that applies; its ids stay while its choices do, so what was typed stays."""
    hint = " ".join(part for part in (TEXTS[field].help if form.shows_help else "", _remark(form, field)) if part)
    return InputBlock(
        block_id=form.block_id(field),
        label=plain(_label(form, field), 200),
        element=_element(form, field),
        hint=plain(hint, HINT_LENGTH) if hint else None,
        optional=True if field in _OPTIONAL else None,
        dispatch_action=True if field in DISPATCHING else None,
    )


def _element(form: Form, field: Field) -> InputInteractiveElement:
    match field:
        case Field.PLATFORM:
            choices = [option(platform.title, platform.key) for platform in form.platforms]
            return _select(form, field, choices)
        case Field.MODULE:
            return ExternalDataSelectElement(
                action_id=field,
                placeholder=TEXTS[field].placeholder,
                min_query_length=0,
                initial_option=module_option(form.module) if form.module and fits_option(form.module.name) else None,
            )
        case Field.SERVICE:
            return _services(form)
        case Field.TAG:
            return tag_select(form) or _text(form, field)
        case Field.TAG_CONFIRMED:
            choice = option("Use it all the same", CONFIRMED)
            is_ticked = form.values.get(field) == CONFIRMED
            return CheckboxesElement(action_id=field, options=[choice], initial_options=[choice] if is_ticked else None)
        case Field.GPU:
            return _select(form, field, _gpu_counts(form.limits.gpu))
        case Field.GPU_MODEL:
            return _select(form, field, [option("Any model", ANY_GPU), *_names(form.gpu_models)])
        case Field.SITE:
            return _select(form, field, [option("Any site", ANY_SITE), *_names(form.sites)])
        case Field.CPU | Field.RAM | Field.DISK:
            return _number(form, field)
        case _:
            return _text(form, field)


def _services(form: Form) -> RadioButtonsElement:
    choices = [option(service.label, service, description=SERVICE_PURPOSES[service]) for service in form.services]
    chosen = next((choice for choice in choices if choice.value == form.service), None)
    return RadioButtonsElement(action_id=Field.SERVICE, options=choices, initial_option=chosen)


def _select(form: Form, field: Field, choices: Sequence[Option]) -> StaticSelectElement:
    offered = [choice for choice in choices if fits_option(choice.value)]
    chosen = next((choice for choice in offered if choice.value == form.values.get(field)), None)
    offered = offered[:OPTIONS] if chosen in offered[:OPTIONS] or chosen is None else [*offered[: OPTIONS - 1], chosen]
    placeholder = TEXTS[field].placeholder or "Choose"
    return StaticSelectElement(action_id=field, placeholder=placeholder, options=offered, initial_option=chosen)


def _names(names: Sequence[str]) -> list[Option]:
    return [option(name, name) for name in names if name.strip()]


def _gpu_counts(allowed: Range) -> list[Option]:
    numbers = range(allowed.minimum, min(allowed.maximum, allowed.minimum + OPTIONS - 1) + 1)
    return [option("None (CPU only)" if number == 0 else str(number), str(number)) for number in numbers]


def _number(form: Form, field: Field) -> NumberInputElement:
    allowed = number_range(form, field)
    value = form.values.get(field, "")
    fits = value.isascii() and value.isdigit() and allowed.allows(int(value))
    return NumberInputElement(
        action_id=field,
        is_decimal_allowed=False,
        min_value=str(allowed.minimum),
        max_value=str(allowed.maximum),
        initial_value=value if fits else None,
    )


def _text(form: Form, field: Field) -> PlainTextInputElement:
    longest = _LONGEST[field]
    value = "" if field in SECRET_FIELDS else form.values.get(field, "")
    shown = mrkdwn.lines(value, longest) if field in _MULTILINE else mrkdwn.one_line(value, longest)
    return PlainTextInputElement(
        action_id=field,
        placeholder=TEXTS[field].placeholder or None,
        multiline=True if field in _MULTILINE else None,
        max_length=longest,
        initial_value=shown if value.strip() else None,
    )


def number_range(form: Form, field: Field) -> Range:
    """Return what a number field allows on the form's platform."""
    return {Field.CPU: form.limits.cpu, Field.RAM: form.limits.ram, Field.DISK: form.limits.disk}[field]


def _label(form: Form, field: Field) -> str:
    label = TEXTS[field].label
    if field in {Field.CPU, Field.RAM, Field.DISK}:
        allowed = number_range(form, field)
        return f"{label} ({allowed.minimum:,}–{allowed.maximum:,})"
    return label


def _remark(form: Form, field: Field) -> str:
    """Return what is said under a field whether or not Show help is on."""
    match field:
        case Field.SERVICE:
            return EITHER_OR if any(service.is_ide for service in form.services) else ""
        case Field.TAG:
            return _tags_remark(form)
        case Field.TAG_CONFIRMED:
            return mrkdwn.unmarked(form.tag_verdict.text)
        case Field.HOSTNAME:
            example = form.platform.addresses.template.replace("{label}", form.platform.addresses.inference_label)
            example = example.replace("{base_domain}", form.platform.base_domain)
            return f"Your address becomes {example.replace('{hostname}', 'my-custom-name')}"
        case Field.GPU:
            return _held_remark(form)
        case Field.TITLE | Field.DESCRIPTION | Field.GPU_REASON:
            is_cut = len(form.values.get(field, "")) > _LONGEST[field]
            return f"It was cut to {_LONGEST[field]} characters." if is_cut else ""
        case _:
            return ""


def _tags_remark(form: Form) -> str:
    known = form.tags.tags if form.tags else ()
    missing = len(known) - len(shown_tags(form))
    return f"{missing} older tags are not shown; give one with --tag in the command." if missing > 0 else ""


def _held_remark(form: Form) -> str:
    if form.held is None:
        return "How many GPUs you hold is not known right now."
    if not form.held:
        return ""
    number = sum(holder.gpus for holder in form.held)
    titles = [f"“{mrkdwn.one_line(holder.title, 45)}”" for holder in form.held[:3]]
    more = f" and {len(form.held) - 3} more" if len(form.held) > 3 else ""  # noqa: PLR2004 - three names are enough
    return f"You hold {number} already: {', '.join(titles)}{more}."
