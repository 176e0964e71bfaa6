"""The keys of the environment: what each is called, where its value goes, and how to mend a wrong one."""

from dataclasses import dataclass

PREFIX = "AI4OS_BOT_"
CONFIG = "AI4OS_BOT_CONFIG"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One environment variable; `path` is its place in the settings and, for AI4OS_BOT_*, in the YAML file."""

    name: str
    path: tuple[str, ...]
    noun: str
    mend: str
    is_secret: bool = False

    @property
    def file_name(self) -> str:
        """Return the variable that names a file with the secret in it."""
        return f"{self.name}_FILE"

    def hides(self, value: object) -> bool:
        """Tell whether a bad value must not be shown: it is secret, or an address with perhaps a password in it."""
        return self.is_secret or (
            "@" in str(value) and self.path[-1] in {"address", "api_url", "catalog", "image_registry"}
        )


_MEMBERS_MEND = "Give `everyone`, or e-mail addresses, Slack user ids and `usergroup:HANDLE`, with commas between them."
_FILE_MEND = "Give the path of a PEM file that the bot may read."
_SWITCH_MEND = "Give true or false."

KEYS = (
    Key(
        name="SLACK_BOT_TOKEN",
        path=("slack", "bot_token"),
        noun="a bot token",
        mend="Copy the Bot User OAuth Token, which begins with xoxb-, from the app's page OAuth & Permissions.",
        is_secret=True,
    ),
    Key(
        name="SLACK_APP_TOKEN",
        path=("slack", "app_token"),
        noun="an app-level token",
        mend="Make one with the scope connections:write on the app's page Basic Information; it begins with xapp-.",
        is_secret=True,
    ),
    Key(
        name="SLACK_SIGNING_SECRET",
        path=("slack", "signing_secret"),
        noun="a signing secret",
        mend="Copy it from the app's page Basic Information.",
        is_secret=True,
    ),
    Key(
        name="SLACK_API_URL",
        path=("slack", "api_url"),
        noun="the address of a Slack Web API",
        mend="Give an https:// address; http:// is for 127.0.0.1, ::1 and localhost only.",
    ),
    Key(
        name="NOMAD_ADDR",
        path=("nomad", "address"),
        noun="the address of a Nomad agent",
        mend="Give http(s)://HOST:PORT, without a user name or password in it.",
    ),
    Key(
        name="NOMAD_TOKEN",
        path=("nomad", "token"),
        noun="a Nomad token",
        mend="Give the secret id of an ACL token, or leave it out where Nomad has no ACLs.",
        is_secret=True,
    ),
    Key(name="NOMAD_CACERT", path=("nomad", "ca_certificate"), noun="a readable file", mend=_FILE_MEND),
    Key(name="NOMAD_CLIENT_CERT", path=("nomad", "client_certificate"), noun="a readable file", mend=_FILE_MEND),
    Key(name="NOMAD_CLIENT_KEY", path=("nomad", "client_key"), noun="a readable file", mend=_FILE_MEND),
    Key(
        name="NOMAD_TLS_SERVER_NAME",
        path=("nomad", "tls_server_name"),
        noun="a host name",
        mend="Give the name in the certificate of Nomad's servers, such as server.global.nomad.",
    ),
    Key(
        name="NOMAD_TIMEOUT_SECONDS",
        path=("nomad", "timeout_seconds"),
        noun="a number of seconds",
        mend="Give a number from 1 to 60.",
    ),
    Key(
        name="DATABASE_URL",
        path=("database_url",),
        noun="the address of a database the bot can use",
        mend="Give sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME.",
        is_secret=True,
    ),
    Key(
        name=CONFIG,
        path=("config_file",),
        noun="a YAML file",
        mend="Give the path of a YAML file; config.example.yaml shows its keys.",
    ),
    Key(
        name="AI4OS_BOT_TRANSPORT",
        path=("transport",),
        noun="a way to reach Slack",
        mend="Give socket (Socket Mode) or http.",
    ),
    Key(
        name="AI4OS_BOT_HTTP_HOST",
        path=("http_host",),
        noun="an address to listen on",
        mend="Give an IP address or host name, such as 127.0.0.1 or 0.0.0.0.",
    ),
    Key(
        name="AI4OS_BOT_HTTP_PORT",
        path=("http_port",),
        noun="a port",
        mend="Give a whole number from 1 to 65535.",
    ),
    Key(
        name="AI4OS_BOT_CATALOG",
        path=("catalog",),
        noun="a catalogue",
        mend="Give the http(s) address of the published catalogue, or a folder that holds .gitmodules or"
        " gitmodules.txt and a folder modules.",
    ),
    Key(
        name="AI4OS_BOT_IMAGE_REGISTRY",
        path=("image_registry",),
        noun="the address of an image registry",
        mend="Give an http(s) address, such as https://hub.docker.com.",
    ),
    Key(
        name="AI4OS_BOT_SERVICE_PROVIDER",
        path=("service_provider",),
        noun="a service provider",
        mend="Give auto, consul or nomad.",
    ),
    Key(name="AI4OS_BOT_DOCKER_FORCE_PULL", path=("docker", "force_pull"), noun="true or false", mend=_SWITCH_MEND),
    Key(
        name="AI4OS_BOT_DOCKER_STORAGE_QUOTA",
        path=("docker", "storage_quota"),
        noun="true or false",
        mend=_SWITCH_MEND,
    ),
    Key(
        name="AI4OS_BOT_DOCKER_NETWORK_MODE",
        path=("docker", "network_mode"),
        noun="a Docker network mode",
        mend="Give host, bridge, none or the name of a network.",
    ),
    Key(
        name="AI4OS_BOT_DOCKER_SIDE_IMAGES",
        path=("docker", "side_images"),
        noun="the place of the platform's own images",
        mend="Give a registry and a folder, such as registry.cloud.ai4eosc.eu/ai4os.",
    ),
    Key(name="AI4OS_BOT_MEMBERS", path=("members",), noun="a list of members", mend=_MEMBERS_MEND),
    Key(
        name="AI4OS_BOT_ADMINISTRATORS",
        path=("administrators",),
        noun="a list of administrators",
        mend="Give e-mail addresses, Slack user ids and `usergroup:HANDLE`, with commas between them.",
    ),
    Key(
        name="AI4OS_BOT_TEAM_ID",
        path=("team_id",),
        noun="the id of a Slack workspace",
        mend="Give the id that begins with T, from the address of the workspace in a browser.",
    ),
    Key(
        name="AI4OS_BOT_FOLLOW_SECONDS",
        path=("follow_seconds",),
        noun="a number of seconds",
        mend="Give a number from 0.1 to 60.",
    ),
    Key(
        name="AI4OS_BOT_REMINDERS_CHANNEL",
        path=("reminders", "channel"),
        noun="the id of a Slack channel",
        mend="Give the id that begins with C, from the channel's details in Slack.",
    ),
    Key(
        name="AI4OS_BOT_REMINDERS_COUNTRY",
        path=("reminders", "country"),
        noun="a country",
        mend="Give its ISO code, such as ES.",
    ),
    Key(
        name="AI4OS_BOT_REMINDERS_TIME_ZONE",
        path=("reminders", "time_zone"),
        noun="a time zone",
        mend="Give one such as Europe/Madrid, or UTC.",
    ),
    Key(
        name="AI4OS_BOT_LOG_LEVEL",
        path=("log_level",),
        noun="a log level",
        mend="Give debug, info, warning or error.",
    ),
    Key(
        name="AI4OS_BOT_LOG_FORMAT",
        path=("log_format",),
        noun="a log format",
        mend="Give auto, json or console.",
    ),
)

BY_PATH = {key.path: key for key in KEYS}

# How to mend what stands only in the YAML file, by the last part of its path: what it should be, and the mend.
FILE_MENDS: dict[str, tuple[str, str]] = {
    "addresses": ("an address scheme", "Give today, howto, direct, or a mapping with template and inference_label."),
    "template": ("an address template", "Give one such as https://{label}-{uuid}.{node_domain}-{base_domain}."),
    "inference_label": ("the label of the DEEPaaS port", "Give api or deepaas."),
    "priority": ("a priority", "Give a whole number from 1 to 100."),
    "enabled": ("true or false", _SWITCH_MEND),
    "namespace": ("a Nomad namespace", "Give letters, digits and hyphens, at most 128."),
    "base_domain": ("a domain", "Give one such as deployments.cloud.ai4eosc.eu."),
    "vo": ("a virtual organisation", "Give a name such as vo.ai4eosc.eu."),
    "title": ("a title", "Give a text of at most 40 characters."),
    "owners": ("a list of owners", "Give a mapping of e-mail addresses to OIDC subjects."),
    "default": ("a number", "Give a whole number; RAM and disk are in MB."),
    "minimum": ("a number", "Give a whole number; RAM and disk are in MB."),
    "maximum": ("a number", "Give a whole number; RAM and disk are in MB."),
    "gpus_per_owner": ("a number of GPUs", "Give a whole number, 0 or more."),
    "gpus_without_reason": ("a number of GPUs", "Give a whole number, 0 or more."),
    "members": ("a list of members", _MEMBERS_MEND),
    "channel": ("the id of a Slack channel", "Give the id that begins with C, from the channel's details in Slack."),
    "shared_accounts": ("a list of e-mail addresses", "Give e-mail addresses, one a line."),
    "stop_automatically": ("a list of findings", "Give names such as gpu_idle, or leave it out."),
    "country": ("a country", "Give its ISO code, such as ES."),
    "policy": ("a threshold", "Give lengths of time such as 30m, 24h or 7d, and plain numbers for everything else."),
}
