"""Reading the settings: environment over .env over the YAML file over what is built in."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from bot.domain.base import Namespace, PlatformKey
from bot.domain.platform import DockerOptions, Limits
from bot.settings import schema, sources
from bot.settings.checks import as_path
from bot.settings.keys import BY_PATH, CONFIG
from bot.settings.platforms import BUILT_IN
from bot.settings.problems import Place, Problem, as_error, describe
from bot.settings.sources import Source, TreeSource
from bot.settings.values import Settings, Transport

_BUILT_IN = Source(
    tree={
        "slack": {},
        "docker": DockerOptions().model_dump(),
        "limits": Limits().model_dump(),
        "platforms": BUILT_IN,
    }
)


def load(environ: Mapping[str, str], *, dotenv: Path | None = Path(".env")) -> Settings:
    """Read the settings, strongest first: environment, .env file, YAML file, defaults.

    Raises SettingsError whose text is one line: the key, the bad value (never a secret's) and the mend.
    """
    found = _gather(environ, dotenv)
    problems = [problem for source in found for problem in source.problems]
    settings, wrong = _validate(found)
    problems += wrong
    if settings is not None:
        problems += _contradictions(settings)
    if settings is None or problems:
        raise as_error(problems)
    return settings


def _gather(environ: Mapping[str, str], dotenv: Path | None) -> list[Source]:
    found = [sources.from_environment(environ)]
    if dotenv is not None:
        found.append(sources.from_dotenv(dotenv))
    named = next((source for source in found if "config_file" in source.tree), None)
    if named is not None:
        path = as_path(named.tree["config_file"])
        found.append(sources.from_yaml(path, name=str(named.name_of(("config_file",)))))
    return [*found, _BUILT_IN]


def _validate(found: list[Source]) -> tuple[Settings | None, list[Problem]]:
    unknown = [problem for source in found if not source.is_flat for problem in _unknown(source)]
    trees = tuple(TreeSource(Settings, source) for source in found)
    try:
        return Settings(_build_sources=(trees, {})), unknown
    except ValidationError as error:
        details = error.errors(include_url=False)
        return None, [*unknown, *describe(details, name_of=lambda path: _name_of(path, found))]


def _unknown(source: Source) -> list[Problem]:
    return schema.unknown_keys(source.tree, place=source.place) if source is not _BUILT_IN else []


def _name_of(path: Place, found: list[Source]) -> str:
    """Return what the strongest source that sets a path calls it; a platform's may stem from the general one."""
    plain = tuple(part for part in path if part != "[key]")
    if not plain:
        return CONFIG  # only a key of the file that is no proper text leads here
    candidates = [plain, plain[2:]] if plain[0] == "platforms" else [plain]
    names = (source.name_of(candidate) for candidate in candidates if candidate for source in found)
    given = next((name for name in names if name), None)
    key = BY_PATH.get(tuple(str(part) for part in plain))
    return given or (key.name if key else ".".join(str(part) for part in plain))


def _contradictions(settings: Settings) -> list[Problem]:
    """Return what is wrong between settings that are each fine."""
    slack, nomad = settings.slack, settings.nomad
    problems = []
    if settings.transport is Transport.SOCKET and slack.app_token is None:
        problems.append(Problem("SLACK_APP_TOKEN", f"it is not set. Socket Mode needs it. {_mend('app_token')}"))
    if settings.transport is Transport.HTTP and slack.signing_secret is None:
        problems.append(
            Problem("SLACK_SIGNING_SECRET", f"it is not set. HTTP mode needs it. {_mend('signing_secret')}")
        )
    if (nomad.client_certificate is None) is not (nomad.client_key is None):
        missing = "NOMAD_CLIENT_KEY" if nomad.client_key is None else "NOMAD_CLIENT_CERT"
        problems.append(Problem(missing, "it is not set. A client certificate and its key go together; set both."))
    return problems + _platform_contradictions(settings)


def _platform_contradictions(settings: Settings) -> list[Problem]:
    if not settings.platforms:
        return [Problem("platforms", "none is left. Leave at least one enabled.")]
    problems: list[Problem] = []
    holders: dict[Namespace, PlatformKey] = {}
    for platform in settings.platforms:
        first = holders.setdefault(platform.namespace, platform.key)
        if first != platform.key:
            text = f"{platform.namespace!r} is the namespace of {first} already. Give each platform its own."
            problems.append(Problem(f"platforms.{platform.key}.namespace", text))
    return problems


def _mend(name: str) -> str:
    return BY_PATH["slack", name].mend
