"""The settings as frozen values: every one checked, no secret in any text made of them."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, unquote, urlsplit

from pydantic import BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.domain.base import Frozen, PlatformKey
from bot.domain.membership import Membership
from bot.domain.platform import DockerOptions, Limits, Platform, ServiceProvider
from bot.logs import LogFormat, LogLevel
from bot.settings import checks
from bot.settings.platforms import PlatformEntry, complete
from bot.settings.reminders import ReminderSettings

NOBODY_SAID = (
    "Nobody said who belongs to {}, so every full member of the workspace may deploy there."
    " Set AI4OS_BOT_MEMBERS, or members in the configuration file."
)


class Transport(StrEnum):
    """How Slack's requests arrive."""

    SOCKET = "socket"
    HTTP = "http"


class SlackSettings(Frozen):
    """How to reach Slack; the tokens are checked by their prefixes."""

    bot_token: checks.BotToken
    app_token: checks.AppToken | None = None
    signing_secret: checks.Token | None = None
    api_url: checks.WebApiAddress = "https://slack.com/api/"


class NomadSettings(Frozen):
    """How to reach Nomad; the certificate and its key come together or not at all."""

    address: checks.WebAddress = "http://127.0.0.1:4646"
    token: checks.Token | None = None
    ca_certificate: checks.ReadableFile | None = None
    client_certificate: checks.ReadableFile | None = None
    client_key: checks.ReadableFile | None = None
    tls_server_name: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]*$")] = ""
    timeout_seconds: Annotated[float, Field(ge=1, le=60)] = 8.0


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


class Settings(BaseSettings):
    """Everything that a site can set. `default_members` and `default_administrators` are None where nobody said."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    slack: SlackSettings
    nomad: NomadSettings = NomadSettings()
    database_url: checks.DatabaseAddress = SecretStr("sqlite:///ai4os-bot.sqlite3")
    config_file: Path | None = None
    transport: Annotated[Transport, BeforeValidator(_lower)] = Transport.SOCKET
    http_host: Annotated[str, Field(pattern=r"^\S+$")] = "127.0.0.1"
    http_port: Annotated[int, Field(ge=1, le=65535)] = 3000
    catalog: checks.CatalogAddress = "https://github.com/ai4os-hub/modules-catalog"
    image_registry: checks.WebAddress = "https://hub.docker.com"
    service_provider: Annotated[ServiceProvider, BeforeValidator(_lower)] = ServiceProvider.AUTO
    docker: DockerOptions = DockerOptions()
    limits: checks.SoundLimits = Limits()
    default_members: checks.People | None = Field(default=None, validation_alias="members")
    default_administrators: checks.NamedPeople | None = Field(default=None, validation_alias="administrators")
    team_id: Annotated[str, Field(pattern=r"^(T[A-Z0-9]+)?$")] = ""
    follow_seconds: Annotated[float, Field(ge=0.1, le=60)] = 2.0
    log_level: Annotated[LogLevel, BeforeValidator(_lower)] = LogLevel.INFO
    log_format: Annotated[LogFormat, BeforeValidator(_lower)] = LogFormat.AUTO
    owners: checks.Owners = {}
    reminders: ReminderSettings = ReminderSettings()
    entries: dict[PlatformKey, PlatformEntry] = Field(validation_alias="platforms")

    @property
    def platforms(self) -> tuple[Platform, ...]:
        """Return the platforms, the built-in ones first."""
        return tuple(entry.platform(key) for key, entry in self.entries.items())

    @property
    def members(self) -> Mapping[PlatformKey, Membership]:
        """Return who belongs to each platform."""
        return {key: entry.members for key, entry in self.entries.items()}

    @property
    def administrators(self) -> Mapping[PlatformKey, Membership]:
        """Return who administers each platform."""
        return {key: entry.administrators for key, entry in self.entries.items()}

    @property
    def follow_every(self) -> timedelta:
        """Return how often the cluster is looked at for changes."""
        return timedelta(seconds=self.follow_seconds)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return every secret value, for the logs to keep out; never log or show it."""
        slack, nomad = self.slack, self.nomad
        kept = (slack.bot_token, slack.app_token, slack.signing_secret, nomad.token)
        return (*(secret.get_secret_value() for secret in kept if secret), *_passwords_in(self.database_url))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what is allowed, but worth a line at the start."""
        open_ones = [str(key) for key, entry in self.entries.items() if "members" not in entry.model_fields_set]
        found = [NOBODY_SAID.format(", ".join(open_ones))] if open_ones else []
        address = urlsplit(self.nomad.address)
        if self.nomad.token and address.scheme == "http" and not checks.is_loopback(address.hostname or ""):
            found.append("NOMAD_TOKEN travels unencrypted, because NOMAD_ADDR begins with http://. Use https://.")
        return tuple(found)

    @model_validator(mode="before")
    @classmethod
    def _complete_platforms(cls, tree: Any) -> Any:
        return complete(tree) if isinstance(tree, dict) else tree

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic-settings' own
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - see above
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - see above
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - see above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read nothing by itself: only `load` knows the sources."""
        return (init_settings,)


def _passwords_in(address: SecretStr) -> tuple[str, ...]:
    """Return the password of a database address in each spelling in which it might turn up."""
    try:
        password = urlsplit(address.get_secret_value()).password
    except ValueError:
        return (address.get_secret_value(),)
    return tuple({password, unquote(password), quote(unquote(password), safe="")}) if password else ()
