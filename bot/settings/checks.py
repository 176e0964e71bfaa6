"""What a single value must be like; each check returns the value, tidied, or raises ValueError with the mend."""

import re
from ipaddress import ip_address
from pathlib import Path
from string import Formatter
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr

from bot.domain import membership
from bot.domain.membership import Membership
from bot.domain.platform import AddressScheme, Limits

PLACEHOLDERS = frozenset({"label", "uuid", "hostname", "node_domain", "base_domain", "address", "port"})
PRESETS = {
    "today": AddressScheme(),
    "howto": AddressScheme(template="http://{label}.{hostname}.{base_domain}", inference_label="deepaas"),
    "direct": AddressScheme(template="http://{address}:{port}"),
}
_MODULE_LISTS = (".gitmodules", "gitmodules.txt")
_DATABASES = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


class Unsuitable(ValueError):
    """A value that its key's own mend explains well enough."""


def _web_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        suits = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        suits = False
    if not suits or re.search(r"\s", text):
        raise Unsuitable
    if "@" in urlsplit(text).netloc:
        raise ValueError("the address carries a user name or password. Give it without.")
    return text.rstrip("/")


def _web_api_address(text: str) -> str:
    address = _web_address(text)
    parts = urlsplit(address)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise Unsuitable
    return address + "/"


def as_path(text: str) -> Path:
    """Return the path that a text means; a home that cannot be found is left as written."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address is this very machine's."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _catalog(text: str) -> str:
    if "://" in text:
        return _web_address(text)
    folder = as_path(text)
    if not any((folder / name).is_file() for name in _MODULE_LISTS) or not (folder / "modules").is_dir():
        raise Unsuitable
    return str(folder)


def _readable_file(text: object) -> Path:
    path = as_path(str(text))
    try:
        with path.open("rb"):
            return path
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no file can have this name"
        raise ValueError(f"{str(path)!r} cannot be read ({reason}). Give a path that the bot may read.") from None


def _database_address(secret: SecretStr) -> SecretStr:
    scheme, separator, rest = secret.get_secret_value().partition("://")
    if not separator:
        raise Unsuitable
    if scheme not in _DATABASES:
        raise ValueError(
            "this kind of database is not one the bot can use."
            " Give sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME."
        )
    return SecretStr(f"{_DATABASES[scheme]}://{rest}")


def _unbroken(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[\x21-\x7e]+", secret.get_secret_value()):
        raise ValueError("the value has a space or another character in it that cannot be. Copy it again.")
    return secret


def _beginning_with(prefix: str) -> AfterValidator:
    def check(secret: SecretStr) -> SecretStr:
        if not secret.get_secret_value().startswith(prefix):
            raise Unsuitable
        return secret

    return AfterValidator(check)


def _membership(value: object) -> object:
    if isinstance(value, str):
        value = [word for word in re.split(r"[,\s]+", value) if word]
    if isinstance(value, Membership):
        return value
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise Unsuitable
    try:
        return membership.parse(value)
    except ValueError as error:
        raise ValueError(
            f"{str(error)[:60]!r} is not a member."
            " Give `everyone`, or e-mail addresses, Slack user ids and `usergroup:HANDLE`."
        ) from None


def _named_people(value: Membership) -> Membership:
    if value.everyone:
        raise ValueError("'everyone' cannot administer. Name people or user groups.")
    return value


def _by_lower_address(owners: dict[str, str]) -> dict[str, str]:
    return {email.strip().casefold(): subject for email, subject in owners.items()}


def _address_scheme(value: object) -> object:
    if isinstance(value, str):
        if value not in PRESETS:
            raise Unsuitable
        return PRESETS[value]
    return value


def _whole_template(scheme: AddressScheme) -> AddressScheme:
    template = scheme.template
    try:
        parts = list(Formatter().parse(template))
    except ValueError:
        raise ValueError(f"the template {template!r} has an unpaired brace. Pair every {{ with a }}.") from None
    names = [name for _, name, _, _ in parts if name is not None]
    unknown = [name for name in names if name not in PLACEHOLDERS]
    if unknown or any(spec or conversion for _, _, spec, conversion in parts):
        raise ValueError(
            f"the template {template!r} has a part that cannot be filled in. Use only "
            + ", ".join(f"{{{name}}}" for name in sorted(PLACEHOLDERS))
            + "."
        )
    if not template.startswith(("http://", "https://")) or not {"label", "port"} & set(names):
        raise ValueError(
            f"the template {template!r} is no address. Begin with https:// and use {{label}} or {{port}}"
            " to tell a deployment's services apart."
        )
    if "/" in template.partition("://")[2]:
        raise ValueError(f"the template {template!r} has a path. Use a host name alone: services are told apart by it.")
    if not {"uuid", "hostname", "address"} & set(names):
        raise ValueError(
            f"the template {template!r} is the same for all deployments. Use {{uuid}}, {{hostname}} or {{address}}."
        )
    if scheme.inference_label not in {"api", "deepaas"}:
        raise ValueError(f"inference_label is {scheme.inference_label!r}. Give api or deepaas.")
    return scheme


def _sound_limits(limits: Limits) -> Limits:
    for name in ("cpu", "gpu", "ram", "disk"):
        allowed = getattr(limits, name)
        if not 0 <= allowed.minimum <= allowed.default <= allowed.maximum:
            raise ValueError(
                f"{name} has the default {allowed.default}, which is not between {allowed.minimum} and"
                f" {allowed.maximum}. Give a minimum, a default and a maximum in this order."
            )
    if not 0 <= limits.gpus_without_reason <= limits.gpus_per_owner:
        raise ValueError(
            f"gpus_without_reason is {limits.gpus_without_reason} and gpus_per_owner {limits.gpus_per_owner}."
            " Give a first number that is not above the second."
        )
    return limits


WebAddress = Annotated[str, AfterValidator(_web_address)]
WebApiAddress = Annotated[str, AfterValidator(_web_api_address)]
CatalogAddress = Annotated[str, AfterValidator(_catalog)]
ReadableFile = Annotated[Path, BeforeValidator(_readable_file)]
DatabaseAddress = Annotated[SecretStr, AfterValidator(_database_address)]
Token = Annotated[SecretStr, AfterValidator(_unbroken)]
BotToken = Annotated[SecretStr, _beginning_with("xoxb-"), AfterValidator(_unbroken)]
AppToken = Annotated[SecretStr, _beginning_with("xapp-"), AfterValidator(_unbroken)]
People = Annotated[Membership, BeforeValidator(_membership)]
NamedPeople = Annotated[Membership, BeforeValidator(_membership), AfterValidator(_named_people)]
Addresses = Annotated[AddressScheme, BeforeValidator(_address_scheme), AfterValidator(_whole_template)]
SoundLimits = Annotated[Limits, AfterValidator(_sound_limits)]
Owners = Annotated[dict[str, str], AfterValidator(_by_lower_address)]
