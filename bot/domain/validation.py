"""The one check of what was typed, for the form and the command line alike: a request, or every problem at once."""

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from urllib.parse import urlsplit

from bot.domain.base import DeploymentId, Frozen, Site
from bot.domain.catalog import ImageTags, Module, Service
from bot.domain.form import ANY_GPU, ANY_SITE, Form, meant
from bot.domain.limits import missing_reason
from bot.domain.platform import Platform, Range
from bot.domain.request import DeploymentRequest, Field, Problem, StorageMount
from bot.domain.tags import Fit, judge

TITLE_LENGTH = 45
DESCRIPTION_LENGTH = 1000
REASON_LENGTH = 300
PASSWORD_LENGTH = 9
PASSWORD_LONGEST = 200
CONFIRMED = "yes"

_SERVICE_WORDS = {
    "deepaas": Service.DEEPAAS,
    "api": Service.DEEPAAS,
    "inference": Service.DEEPAAS,
    "jupyter": Service.JUPYTER,
    "jupyterlab": Service.JUPYTER,
    "lab": Service.JUPYTER,
    "vscode": Service.VSCODE,
    "vs-code": Service.VSCODE,
    "code": Service.VSCODE,
}
_HOSTNAME = re.compile(r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$")
_NUMBER = re.compile(r"^[+-]?\d+$", re.ASCII)
_FRACTION = re.compile(r"^[+-]?\d*[.,]\d+$", re.ASCII)
_DIGITS = 9
_LINE = f": one line of at most {PASSWORD_LONGEST} characters."
_UNITS = {Field.RAM: " MB", Field.DISK: " MB"}
_WHAT = {Field.CPU: "CPUs", Field.GPU: "GPUs", Field.RAM: "RAM", Field.DISK: "Disk"}


class Checked(Frozen):
    """The outcome of a check: the request, or the problems that stand against it."""

    request: DeploymentRequest | None = None
    problems: tuple[Problem, ...] = ()


def check(
    form: Form, values: Mapping[Field, str], *, secrets: Mapping[Field, str], deployment: DeploymentId
) -> Checked:
    """Check every value against the form's platform, module and limits.

    A field that `values` lacks stands at its default. `secrets` are looked at but never kept.
    """
    checker = _Checker(form, values)
    module = form.module
    if module is None:
        checker.complain(Field.MODULE, _unknown_module(values.get(Field.MODULE, "")))
        return Checked(problems=tuple(checker.problems))
    gpus = checker.number(Field.GPU, form.limits.gpu)
    storage = checker.storage(secrets)
    service = checker.service(module)
    checker.password(service, secrets)
    request = DeploymentRequest(
        platform=form.platform.key,
        module=module.name,
        kind=module.kind,
        image=module.image,
        tag=checker.tag(form.tags, gpus),
        service=service,
        title=checker.title(module, deployment),
        description=checker.text(Field.DESCRIPTION, DESCRIPTION_LENGTH),
        hostname=checker.hostname(),
        cpu=checker.number(Field.CPU, form.limits.cpu),
        gpus=gpus,
        gpu_model=checker.gpu_model(gpus),
        gpu_reason=checker.text(Field.GPU_REASON, REASON_LENGTH),
        ram_mb=checker.number(Field.RAM, form.limits.ram),
        disk_mb=checker.number(Field.DISK, form.limits.disk),
        site=checker.site(),
        storage=storage,
    )
    checker.platform()
    reason = missing_reason(request, form.held or (), form.limits)
    problems = [*checker.problems, *([reason] if reason else [])]
    return Checked(problems=tuple(problems)) if problems else Checked(request=request)


def normalised(
    values: Mapping[Field, str], *, platforms: Sequence[Platform], module: Module | None
) -> dict[Field, str]:
    """Write what somebody gave as the form's own choices have it, so that form and command line mean the same.

    A platform may be named by its title or VO, a service by any of its names, a module in any case (`module` is the
    one that is meant), a number with a plus. What is not understood stays as it is, for the check to complain about.
    """
    found = {field: value.strip() for field, value in values.items()}
    if Field.PLATFORM in found:
        word = found[Field.PLATFORM].casefold()
        names = {name.casefold(): platform.key for platform in platforms for name in (platform.title, platform.vo)}
        keys = {platform.key.casefold(): platform.key for platform in platforms}
        found[Field.PLATFORM] = (names | keys).get(word, found[Field.PLATFORM])
    if Field.SERVICE in found:
        found[Field.SERVICE] = str(_SERVICE_WORDS.get(found[Field.SERVICE].casefold(), found[Field.SERVICE]))
    if Field.MODULE in found and module is not None:
        found[Field.MODULE] = str(module.name)
    for field in _WHAT.keys() & found.keys():
        if _NUMBER.match(found[field]) and len(found[field]) <= _DIGITS:
            found[field] = str(int(found[field]))
    return found


def _unknown_module(name: str) -> str:
    return f"There is no module “{name[:60]}”. Choose one from the list." if name else "Choose a module."


class _Checker:
    """Collects the problems of one check; every method returns a usable value even if it complains."""

    def __init__(self, form: Form, values: Mapping[Field, str]) -> None:
        self.form = form
        self.values = values
        self.problems: list[Problem] = []

    def complain(self, field: Field, text: str) -> None:
        self.problems.append(Problem(field=field, text=text))

    def given(self, field: Field) -> str:
        return self.values.get(field, self.form.default(field)).strip()

    def platform(self) -> None:
        wanted = self.given(Field.PLATFORM).casefold()
        known = self.form.platform
        if wanted and wanted not in {known.key.casefold(), known.title.casefold(), known.vo.casefold()}:
            names = ", ".join(platform.key for platform in self.form.platforms)
            self.complain(Field.PLATFORM, f"You are not a member of “{wanted[:40]}”. Choose one of: {names}.")

    def service(self, module: Module) -> Service:
        word = self.given(Field.SERVICE).casefold()
        if not word:
            return self.form.service or module.default_service
        service = _SERVICE_WORDS.get(word)
        if service in module.services:
            return service
        names = " or ".join(offered.label for offered in module.services)
        what = f"{module.name} does not offer {service.label}." if service else f"“{word[:40]}” is not a service."
        self.complain(Field.SERVICE, f"{what} Choose {names}.")
        return module.default_service

    def password(self, service: Service, secrets: Mapping[Field, str]) -> None:
        password = secrets.get(Field.PASSWORD, "")
        if not service.is_ide or not password:
            return
        if len(password) < PASSWORD_LENGTH:
            self.complain(
                Field.PASSWORD,
                f"Your IDE needs a password of at least {PASSWORD_LENGTH} characters; this one has {len(password)}. "
                "Leave it empty and the bot makes a strong one.",
            )
        elif len(password) > PASSWORD_LONGEST or any(ord(character) < ord(" ") for character in password):
            self.complain(Field.PASSWORD, f"Use at most {PASSWORD_LONGEST} characters, without line breaks.")

    def tag(self, known: ImageTags | None, gpus: int) -> str:
        tag = self.given(Field.TAG) or "latest"
        verdict = judge(tag, known or ImageTags(image="the image", tags=(), certain=False), gpus=gpus)
        confirmed = self.values.get(Field.TAG_CONFIRMED) == CONFIRMED
        if verdict.fit is Fit.REFUSED:
            self.complain(Field.TAG, verdict.text)
        elif verdict.fit is Fit.ASK and not confirmed:
            self.complain(Field.TAG, f"{verdict.text} To use it all the same, tick the box.")
        return tag

    def number(self, field: Field, allowed: Range) -> int:
        text = self.given(field)
        unit = _UNITS.get(field, "")
        span = f"from {allowed.minimum} to {allowed.maximum}{unit}"
        if _FRACTION.match(text):
            self.complain(field, f"{_WHAT[field]} must be a whole number {span}.")
        elif not _NUMBER.match(text):
            self.complain(field, f"{_WHAT[field]} must be a number {span}, written in digits.")
        elif len(text) > _DIGITS or not allowed.allows(int(text)):
            self.complain(field, self._out_of_range(field, allowed, span))
        else:
            return int(text)
        return allowed.default

    def _out_of_range(self, field: Field, allowed: Range, span: str) -> str:
        if field is Field.GPU and allowed.maximum == 0:
            return f"{self.form.platform.title} has no GPUs for deployments. Set GPUs to 0."
        if field is Field.GPU:
            return f"A deployment may have at most {allowed.maximum} GPU{'s' if allowed.maximum > 1 else ''}."
        return f"{_WHAT[field]} must be {span} on {self.form.platform.title}."

    def title(self, module: Module, deployment: DeploymentId) -> str:
        return self.text(Field.TITLE, TITLE_LENGTH) or f"{module.name} {deployment[:4]}"[-TITLE_LENGTH:]

    def text(self, field: Field, longest: int) -> str:
        text = self.given(field)
        keep = "\n" if field is Field.DESCRIPTION else ""
        text = "".join(character if character.isprintable() or character in keep else " " for character in text)
        if field is not Field.DESCRIPTION:
            text = " ".join(text.split())
        if len(text) > longest:
            self.complain(field, f"This is {len(text) - longest} characters too long; at most {longest} fit.")
        return text[:longest]

    def hostname(self) -> str:
        name = self.given(Field.HOSTNAME).casefold()
        if not name:
            return ""
        if not self.form.asks_hostname:
            self.complain(Field.HOSTNAME, f"Addresses on {self.form.platform.title} have no name of your own.")
        elif name.startswith(("www", "http")):
            self.complain(Field.HOSTNAME, "Choose a name that does not begin with www or http.")
        elif not _HOSTNAME.match(name):
            text = "Use at most 40 small letters, digits and hyphens, with a letter or digit at both ends."
            self.complain(Field.HOSTNAME, text)
        return name

    def gpu_model(self, gpus: int) -> str:
        wanted = self.given(Field.GPU_MODEL)
        if not gpus or not wanted or wanted.casefold() == ANY_GPU:
            return ""
        return self._one_of(Field.GPU_MODEL, wanted, self.form.gpu_models, "GPU model")

    def site(self) -> Site:
        wanted = self.given(Field.SITE)
        if not wanted or wanted.casefold() == ANY_SITE:
            return Site("")
        return Site(self._one_of(Field.SITE, wanted, self.form.sites, "site"))

    def _one_of(self, field: Field, wanted: str, known: tuple[str, ...], what: str) -> str:
        name = meant(wanted, known)
        if name:
            return name
        if not known:
            self.complain(
                field, f"It is not known right now which {what}s there are. Leave it out, or try again later."
            )
        else:
            near = get_close_matches(wanted, known, n=1)
            mend = f"Did you mean {near[0]}?" if near else f"Choose one of: {', '.join(known)}."
            self.complain(field, f"“{wanted[:40]}” is not a {what} of {self.form.platform.title}. {mend}")
        return ""

    def storage(self, secrets: Mapping[Field, str]) -> StorageMount | None:
        url, user = self.given(Field.STORAGE_URL), self.given(Field.STORAGE_USER)
        password = secrets.get(Field.STORAGE_PASSWORD, "")
        if not (self.form.wants_storage or url or user or password):
            return None
        checks: tuple[tuple[Field, Callable[[], bool], str], ...] = (
            (Field.STORAGE_URL, lambda: _is_web_address(url), "Give the address that Nextcloud shows, https://…"),
            (Field.STORAGE_USER, lambda: _is_credential(user), f"Give the user name that rclone logs in with{_LINE}"),
            (
                Field.STORAGE_PASSWORD,
                lambda: _is_credential(password),
                f"Give the app password that Nextcloud made for rclone{_LINE}",
            ),
        )
        for field, is_fine, text in checks:
            if not is_fine():
                self.complain(field, text)
        return StorageMount(url=url[:1000], user=user[:PASSWORD_LONGEST])


def _is_credential(text: str) -> bool:
    """Tell whether a text can go into a setting: there, one line, and not longer than any real one."""
    return 0 < len(text) <= PASSWORD_LONGEST and not any(character < " " or character == "\x7f" for character in text)


def _is_web_address(text: str) -> bool:
    if len(text) > 1000 or any(character.isspace() or not character.isprintable() for character in text):  # noqa: PLR2004 - longer than any real address
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"https", "http"} and bool(parts.hostname) and "@" not in parts.netloc
