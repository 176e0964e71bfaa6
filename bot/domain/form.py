"""The deploy form as a value: which fields apply, what each offers, and what it holds."""

from collections.abc import Mapping, Sequence
from datetime import UTC

from bot.domain.base import DraftId, Frozen, Site
from bot.domain.catalog import CatalogSnapshot, ImageTags, Module, Service
from bot.domain.deployment import Node
from bot.domain.people import Person
from bot.domain.platform import Limits, Platform, Range
from bot.domain.records import Draft
from bot.domain.request import SECRET_FIELDS, Field, Problem
from bot.domain.tags import Fit, TagVerdict, default_tag, judge

ANY_GPU = "any"
ANY_SITE = "any"


class HeldGpu(Frozen):
    """A deployment of the person that holds, or waits for, GPUs.

    `is_over` if it failed but still holds them, `is_ending` if it was stopped and has not ended.
    """

    deployment: str
    namespace: str = ""
    title: str
    gpus: int
    gpu_model: str = ""
    is_over: bool = False
    is_ending: bool = False


class Form(Frozen):
    """Everything the form shows. `held` is None while nobody knows what GPUs the person holds.

    `values` holds for every field that applies what is to stand in it (never secrets); a value that is not there
    means an empty field.
    """

    draft: DraftId
    platforms: tuple[Platform, ...]
    platform: Platform
    module: Module | None = None
    services: tuple[Service, ...] = ()
    service: Service | None = None
    tags: ImageTags | None = None
    tag_verdict: TagVerdict = TagVerdict(fit=Fit.FITS)
    limits: Limits
    gpus: int = 0
    gpu_models: tuple[str, ...] = ()
    sites: tuple[Site, ...] = ()
    held: tuple[HeldGpu, ...] | None = None
    values: dict[Field, str] = {}
    shows_help: bool = False
    wants_storage: bool = False
    notices: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def asks_password(self) -> bool:
        """Tell whether the service is an editor, which needs a password."""
        return self.service is not None and self.service.is_ide

    @property
    def asks_hostname(self) -> bool:
        """Tell whether the platform's addresses have a name of one's own in them."""
        return self.platform.addresses.uses_hostname

    @property
    def asks_gpu_reason(self) -> bool:
        """Tell whether the request would go beyond the GPUs that need no reason."""
        held = sum(holder.gpus for holder in self.held or ())
        total = held + self.gpus
        return self.gpus > 0 and self.limits.gpus_without_reason < total <= self.limits.gpus_per_owner

    @property
    def asks_tag_confirmation(self) -> bool:
        """Tell whether the tag's use with this hardware must be confirmed."""
        return self.tag_verdict.fit is Fit.ASK

    def applies(self, field: Field) -> bool:
        """Tell whether the form has the field now."""
        conditions = {
            Field.PLATFORM: len(self.platforms) > 1,
            Field.SERVICE: self.module is not None,
            Field.PASSWORD: self.asks_password,
            Field.TAG: self.tags is not None,
            Field.TAG_CONFIRMED: self.asks_tag_confirmation,
            Field.HOSTNAME: self.asks_hostname,
            Field.GPU: self.limits.gpu.maximum > 0,
            Field.GPU_MODEL: self.gpus > 0 and bool(self.gpu_models),
            Field.GPU_REASON: self.asks_gpu_reason,
            Field.SITE: len(self.sites) > 1,
            Field.STORAGE_URL: self.wants_storage,
            Field.STORAGE_USER: self.wants_storage,
            Field.STORAGE_PASSWORD: self.wants_storage,
        }
        return conditions.get(field, True)

    def block_id(self, field: Field) -> str:
        """Return the id of the field's block: the same while its choices and default are, so what is typed stays."""
        module = self.module.name if self.module else "none"
        match field:
            case Field.SERVICE:
                return f"{field}:{module}"
            case Field.TAG:
                return f"{field}:{module}:{'gpu' if self.gpus else 'cpu'}"
            case Field.TAG_CONFIRMED:  # what was confirmed of one tag is not said of the next
                return f"{field}:{self.values.get(Field.TAG, '')[:75]}:{'gpu' if self.gpus else 'cpu'}"
            case Field.CPU | Field.RAM | Field.DISK:
                return f"{field}:{self.platform.key}:{module}"
            case Field.GPU | Field.GPU_MODEL | Field.SITE:
                return f"{field}:{self.platform.key}"
            case _:
                return str(field)

    def default(self, field: Field) -> str:
        """Return what the field holds when nobody touches it."""
        return _defaults(self.module, self.service, self.tags, self.limits, self.gpus).get(field, "")


def field_of(block_id: str) -> Field | None:
    """Return the field that a block id belongs to, or None for a block that is not a field."""
    name = block_id.split(":", 1)[0]
    return next((field for field in Field if field == name), None)


def build(
    draft: Draft,
    *,
    person: Person,
    platforms: Sequence[Platform],
    module: Module | None,
    known_tags: ImageTags | None,
    nodes: Sequence[Node],
    held: tuple[HeldGpu, ...] | None,
    is_registry_asked: bool = True,
    problems: Sequence[Problem] = (),
) -> Form:
    """Put together the form for a draft.

    `platforms` are the person's own, at least one; `nodes` are empty if unknown; `is_registry_asked` is False as long
    as nobody has tried to learn the image's tags, so that nothing is said about it yet.
    """
    typed = {field: draft.values[field] for field in Field if field in draft.values and field not in SECRET_FIELDS}
    platform = _chosen_platform(typed, platforms, person)
    limits = platform.limits
    gpus = _whole(typed.get(Field.GPU), limits.gpu)
    service = _chosen_service(typed, module)
    own_nodes = [node for node in nodes if node.serves(platform.namespace)]
    values = _defaults(module, service, known_tags, limits, gpus) | _presentable(typed, limits)
    models = tuple(sorted({group.model for node in own_nodes for group in node.gpus}))
    sites = tuple(sorted({node.site for node in own_nodes}))
    values[Field.GPU_MODEL] = meant(values[Field.GPU_MODEL], models) or ANY_GPU
    values[Field.SITE] = meant(values[Field.SITE], sites) or ANY_SITE
    values[Field.PLATFORM] = platform.key
    values[Field.GPU] = str(gpus)
    if module is not None:
        values[Field.MODULE] = module.name
    if service is not None:
        values[Field.SERVICE] = service
    values |= _chosen_tag(typed, known_tags, gpus)
    verdict = judge(values[Field.TAG], known_tags, gpus=gpus) if known_tags else TagVerdict(fit=Fit.FITS)
    return Form(
        draft=draft.id,
        platforms=tuple(platforms),
        platform=platform,
        module=module,
        services=module.services if module else (),
        service=service,
        tags=known_tags,
        tag_verdict=verdict,
        limits=limits,
        gpus=gpus,
        gpu_models=models,
        sites=sites,
        held=held,
        values=values,
        shows_help=draft.shows_help,
        wants_storage=draft.wants_storage,
        notices=_notices(known_tags if is_registry_asked else None, nodes),
        problems=tuple(problems),
    )


def with_notice_of(form: Form, catalog: CatalogSnapshot) -> Form:
    """Return the form, saying so where the catalogue that it offers is not known to be today's."""
    if catalog.certain:
        return form
    notice = "The catalogue has not been read yet: only the development environment is known for sure."
    if catalog.read_at is not None:
        read_at = catalog.read_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
        notice = f"The catalogue is shown as it was read on {read_at}: what is newer may be missing."
    return form.model_copy(update={"notices": (notice, *form.notices)})


def meant(wanted: str, known: Sequence[str]) -> str:
    """Return the one known name that a word means, whatever its case and even in part; empty if none or several."""
    fits = [name for name in known if name.casefold() == wanted.casefold()]
    fits = fits or [name for name in known if wanted.casefold() in name.casefold()]
    return fits[0] if wanted and len(fits) == 1 else ""


def typed_values(form: Form, state: Mapping[Field, str]) -> dict[str, str]:
    """Return what of the state was the person's own choice: everything but untouched defaults and secrets."""
    chosen = {Field.PLATFORM, Field.MODULE, Field.SERVICE, Field.GPU}
    return {
        str(field): value
        for field, value in state.items()
        if field not in SECRET_FIELDS and value and (field in chosen or value != form.default(field))
    }


def _chosen_platform(typed: Mapping[Field, str], platforms: Sequence[Platform], person: Person) -> Platform:
    wanted = typed.get(Field.PLATFORM)
    own = [platform for platform in platforms if platform.key in person.platforms] or list(platforms)
    return next((platform for platform in own if platform.key == wanted), own[0])


def _chosen_service(typed: Mapping[Field, str], module: Module | None) -> Service | None:
    if module is None:
        return None
    return next((service for service in module.services if service == typed.get(Field.SERVICE)), module.default_service)


def _presentable(typed: Mapping[Field, str], limits: Limits) -> dict[Field, str]:
    """Leave out numbers that the form's inputs could not show, because Slack refuses such a view."""
    ranges = {Field.CPU: limits.cpu, Field.RAM: limits.ram, Field.DISK: limits.disk}
    return {
        field: value
        for field, value in typed.items()
        if field not in ranges or (_is_short_number(value) and ranges[field].allows(int(value)))
    }


def _chosen_tag(typed: Mapping[Field, str], known: ImageTags | None, gpus: int) -> dict[Field, str]:
    if known is None:
        return {}
    wanted = typed.get(Field.TAG, "")
    is_possible = wanted in known.tags or not known.certain
    if wanted and is_possible and judge(wanted, known, gpus=gpus).fit is not Fit.REFUSED:
        return {Field.TAG: wanted}
    return {Field.TAG: default_tag(known, gpus=gpus)}


def _defaults(
    module: Module | None, service: Service | None, known_tags: ImageTags | None, limits: Limits, gpus: int
) -> dict[Field, str]:
    wanted = module.inference if module else None
    if module and service is not None and service.is_ide and gpus:
        wanted = module.training
    found = {
        Field.CPU: str(limits.cpu.clamp((wanted and wanted.cpu) or limits.cpu.default)),
        Field.RAM: str(limits.ram.clamp((wanted and wanted.ram_mb) or limits.ram.default)),
        Field.DISK: str(limits.disk.clamp((wanted and wanted.disk_mb) or limits.disk.default)),
        Field.GPU: str(limits.gpu.default),
        Field.GPU_MODEL: ANY_GPU,
        Field.SITE: ANY_SITE,
    }
    if known_tags is not None:
        found[Field.TAG] = default_tag(known_tags, gpus=gpus)
    return found


def _whole(text: str | None, allowed: Range) -> int:
    return allowed.clamp(int(text)) if text is not None and _is_short_number(text) else allowed.default


def _is_short_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 6  # noqa: PLR2004 - no limit has more digits


def _notices(known_tags: ImageTags | None, nodes: Sequence[Node]) -> tuple[str, ...]:
    found = []
    if known_tags is not None and not known_tags.certain:
        found.append(
            "Which tags the image has is not known for sure right now: the usual or last known ones are offered."
        )
    if not nodes:
        found.append("The cluster does not answer right now: GPU models and sites are not known.")
    return tuple(found)
