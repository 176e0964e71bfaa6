"""The inputs of the deploy form: one for each field, with what it offers and what stands in it."""

import re
from collections.abc import Callable, Sequence

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

from bot.domain.catalog import Service
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
from handlers.views.wording import counted

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
_NUMBERS = frozenset({Field.CPU, Field.RAM, Field.DISK})
_NAMED = 3
_PLACEHOLDER = re.compile(r"\{(?P<name>[a-z_]+)\}")
_MULTILINE = frozenset({Field.DESCRIPTION, Field.GPU_REASON})


def field_input(form: Form, field: Field) -> InputBlock:
    """Return the input of a field that applies; its ids stay while its choices do, so what was typed stays."""
    hint = " ".join(part for part in (TEXTS[field].help if form.shows_help else "", _remark(form, field)) if part)
    return InputBlock(
        block_id=form.block_id(field),
        label=plain(_label(form, field), 200),
        element=_ELEMENTS.get(field, _text)(form, field),
        hint=plain(hint, HINT_LENGTH) if hint else None,
        optional=True if field in _OPTIONAL else None,
        dispatch_action=True if field in DISPATCHING else None,
    )


def _platform(form: Form, field: Field) -> StaticSelectElement:
    return _select(form, field, [option(platform.title, platform.key) for platform in form.platforms])


def _module(form: Form, field: Field) -> ExternalDataSelectElement:
    return ExternalDataSelectElement(
        action_id=field,
        placeholder=TEXTS[field].placeholder,
        min_query_length=0,
        initial_option=module_option(form.module) if form.module and fits_option(form.module.name) else None,
    )


def _service(form: Form, field: Field) -> RadioButtonsElement:
    choices = [option(service.label, service, description=SERVICE_PURPOSES[service]) for service in form.services]
    return RadioButtonsElement(action_id=field, options=choices, initial_option=_chosen(choices, form.service or ""))


def _tag(form: Form, field: Field) -> InputInteractiveElement:
    return tag_select(form) or _text(form, field)


def _confirmation(form: Form, field: Field) -> CheckboxesElement:
    choice = option("Use it all the same", CONFIRMED)
    is_ticked = form.values.get(field) == CONFIRMED
    return CheckboxesElement(action_id=field, options=[choice], initial_options=[choice] if is_ticked else None)


def _gpu(form: Form, field: Field) -> StaticSelectElement:
    least, most = form.limits.gpu.minimum, form.limits.gpu.maximum
    numbers = range(least, min(most, least + OPTIONS - 1) + 1)
    choices = [option("None (CPU only)" if number == 0 else str(number), str(number)) for number in numbers]
    return _select(form, field, choices)


def _gpu_model(form: Form, field: Field) -> StaticSelectElement:
    return _select(form, field, [option("Any model", ANY_GPU), *_names(form.gpu_models)])


def _site(form: Form, field: Field) -> StaticSelectElement:
    return _select(form, field, [option("Any site", ANY_SITE), *_names(form.sites)])


def _select(form: Form, field: Field, choices: Sequence[Option]) -> StaticSelectElement:
    """Offer as many choices as fit, the chosen one always among them."""
    fitting = [choice for choice in choices if fits_option(choice.value)]
    chosen = _chosen(fitting, form.values.get(field, ""))
    offered = fitting[:OPTIONS]
    if chosen is not None and _chosen(offered, chosen.value) is None:
        offered = [*offered[:-1], chosen]
    placeholder = TEXTS[field].placeholder or "Choose"
    return StaticSelectElement(action_id=field, placeholder=placeholder, options=offered, initial_option=chosen)


def _chosen(choices: Sequence[Option], value: str) -> Option | None:
    return next((choice for choice in choices if choice.value == value), None)


def _names(names: Sequence[str]) -> list[Option]:
    return [option(name, name) for name in names if name.strip()]


def _number(form: Form, field: Field) -> NumberInputElement:
    allowed = _range(form, field)
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
        initial_value=shown if shown != mrkdwn.NOTHING else None,
    )


def _range(form: Form, field: Field) -> Range:
    return {Field.CPU: form.limits.cpu, Field.RAM: form.limits.ram, Field.DISK: form.limits.disk}[field]


def _label(form: Form, field: Field) -> str:
    label = TEXTS[field].label
    if field not in _NUMBERS:
        return label
    allowed = _range(form, field)
    return f"{label} ({allowed.minimum:,}–{allowed.maximum:,})"


def _remark(form: Form, field: Field) -> str:
    """Return what is said under a field whether or not Show help is on."""
    if len(form.values.get(field, "")) > _LONGEST.get(field, len(form.values.get(field, ""))):
        return f"It was cut to {_LONGEST[field]} characters."
    remark = _REMARKS.get(field)
    return remark(form) if remark else ""


def _service_remark(form: Form) -> str:
    offers_both = Service.DEEPAAS in form.services and len(form.services) > 1
    return EITHER_OR if offers_both else ""


def _tag_remark(form: Form) -> str:
    known = form.tags.tags if form.tags else ()
    missing = len(known) - len(shown_tags(form))
    return f"{missing} more tags are not shown; name one with --tag in the command." if missing > 0 else ""


def _confirmation_remark(form: Form) -> str:
    return mrkdwn.unmarked(form.tag_verdict.text)


def _hostname_remark(form: Form) -> str:
    scheme = form.platform.addresses
    known = {"label": scheme.inference_label, "base_domain": form.platform.base_domain, "hostname": "my-custom-name"}
    example = _PLACEHOLDER.sub(lambda match: known.get(match["name"], "…"), scheme.template)
    return f"“my-custom-name” gives {example}"


def _gpu_remark(form: Form) -> str:
    if not form.held or not form.gpus:
        return ""
    titles = [f"“{mrkdwn.one_line(holder.title, 45)}”" for holder in form.held]
    names = ", ".join(titles[:_NAMED]) + (f" and {len(titles) - _NAMED} more" if len(titles) > _NAMED else "")
    total = sum(holder.gpus for holder in form.held)
    most = form.limits.gpus_per_owner
    limit = f" One person may hold {most}: stop one first." if total + form.gpus > most else ""
    return f"You hold {counted(total, 'GPU')} already: {names}.{limit}"


_ELEMENTS: dict[Field, Callable[[Form, Field], InputInteractiveElement]] = {
    Field.PLATFORM: _platform,
    Field.MODULE: _module,
    Field.SERVICE: _service,
    Field.TAG: _tag,
    Field.TAG_CONFIRMED: _confirmation,
    Field.CPU: _number,
    Field.GPU: _gpu,
    Field.GPU_MODEL: _gpu_model,
    Field.RAM: _number,
    Field.DISK: _number,
    Field.SITE: _site,
}
_REMARKS: dict[Field, Callable[[Form], str]] = {
    Field.SERVICE: _service_remark,
    Field.TAG: _tag_remark,
    Field.TAG_CONFIRMED: _confirmation_remark,
    Field.HOSTNAME: _hostname_remark,
    Field.GPU: _gpu_remark,
}
