"""The settings: where they come from, which is stronger, and how a wrong one is told."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.base import PlatformKey, SlackUserId
from bot.domain.membership import Membership
from bot.domain.platform import AddressScheme, DockerOptions, Range, ServiceProvider
from bot.errors import SettingsError
from bot.logs import LogFormat, LogLevel
from bot.settings import Settings, Transport, load
from bot.settings.keys import KEYS

TOKENS = {"SLACK_BOT_TOKEN": "xoxb-1-made-up", "SLACK_APP_TOKEN": "xapp-1-made-up"}
AI4EOSC = PlatformKey("ai4eosc")
IMAGINE = PlatformKey("imagine")
TUTORIALS = PlatformKey("tutorials")

WriteYaml = Callable[[str], dict[str, str]]


@pytest.fixture
def write_yaml(tmp_path: Path) -> WriteYaml:
    """Give a function that writes a configuration file and returns an environment that names it."""

    def write(text: str) -> dict[str, str]:
        path = tmp_path / "config.yaml"
        path.write_text(text, encoding="utf-8")
        return TOKENS | {"AI4OS_BOT_CONFIG": str(path)}

    return write


def refusal(environ: Mapping[str, str], *, dotenv: Path | None = None) -> str:
    """Return the line with which these settings stop the start."""
    with pytest.raises(SettingsError) as caught:
        load(environ, dotenv=dotenv)
    return caught.value.sentence()


def test_two_tokens_are_enough() -> None:
    """With the two Slack tokens alone, everything else has the documented default."""
    settings = load(TOKENS, dotenv=None)

    assert settings.transport is Transport.SOCKET
    assert settings.slack.api_url == "https://slack.com/api/"
    assert settings.nomad.address == "http://127.0.0.1:4646"
    assert settings.database_url.get_secret_value() == "sqlite:///ai4os-bot.sqlite3"
    assert (settings.http_host, settings.http_port) == ("127.0.0.1", 3000)
    assert settings.catalog == "https://github.com/ai4os-hub/modules-catalog"
    assert settings.image_registry == "https://hub.docker.com"
    assert settings.follow_every == timedelta(seconds=2)
    assert (settings.log_level, settings.log_format) == (LogLevel.INFO, LogFormat.AUTO)
    assert settings.team_id == ""


def test_the_three_platforms_are_built_in() -> None:
    """AI4EOSC, iMagine and Tutorials are there with their VO, namespace, base domain, priority and limits."""
    ai4eosc, imagine, tutorials = load(TOKENS, dotenv=None).platforms

    assert (ai4eosc.vo, ai4eosc.namespace, ai4eosc.priority) == ("vo.ai4eosc.eu", "ai4eosc", 50)
    assert (imagine.vo, imagine.base_domain) == ("vo.imagine-ai.eu", "deployments.cloud.imagine-ai.eu")
    assert (tutorials.vo, tutorials.base_domain, tutorials.priority) == (
        "tutorials",
        "deployments.cloud.ai4eosc.eu",
        25,
    )
    assert ai4eosc.limits.ram == Range(default=8000, minimum=2000, maximum=40000)
    assert tutorials.limits.gpu.maximum == 0
    assert tutorials.limits.disk == Range(default=500, minimum=300, maximum=1000)
    assert ai4eosc.addresses == AddressScheme()


def test_the_environment_is_the_strongest_source(tmp_path: Path, write_yaml: WriteYaml) -> None:
    """Environment beats .env, .env beats the YAML file, the YAML file beats the default."""
    environ = write_yaml("http_port: 1001\nhttp_host: 10.0.0.1\nlog_level: debug\nlog_format: json\n")
    dotenv = tmp_path / ".env"
    dotenv.write_text("AI4OS_BOT_HTTP_PORT=1002\nAI4OS_BOT_HTTP_HOST=10.0.0.2\nAI4OS_BOT_LOG_LEVEL=error\n")

    settings = load(environ | {"AI4OS_BOT_HTTP_PORT": "1003"}, dotenv=dotenv)

    assert settings.http_port == 1003
    assert settings.http_host == "10.0.0.2"
    assert settings.log_level is LogLevel.ERROR
    assert settings.log_format is LogFormat.JSON


def test_a_dotenv_file_can_hold_everything(tmp_path: Path) -> None:
    """Tokens and the YAML file's name may stand in .env, and a dollar sign in a value is only a dollar sign."""
    (tmp_path / "site.yaml").write_text("http_port: 4000\n")
    dotenv = tmp_path / ".env"
    dotenv.write_text(
        f"SLACK_BOT_TOKEN=xoxb-2\nSLACK_APP_TOKEN='xapp-2'\nNOMAD_TOKEN=a${{HOME}}b\n"
        f"AI4OS_BOT_CONFIG={tmp_path / 'site.yaml'}\n"
    )

    settings = load({}, dotenv=dotenv)

    assert settings.slack.bot_token.get_secret_value() == "xoxb-2"
    assert settings.nomad.token is not None
    assert settings.nomad.token.get_secret_value() == "a${HOME}b"
    assert settings.http_port == 4000


def test_a_missing_dotenv_file_says_nothing(tmp_path: Path) -> None:
    """Without a .env file the environment alone counts."""
    assert load(TOKENS, dotenv=tmp_path / ".env").http_port == 3000


def test_empty_variables_count_as_unset() -> None:
    """An empty or blank variable is the same as none, so the default holds."""
    settings = load(TOKENS | {"AI4OS_BOT_HTTP_PORT": "", "NOMAD_TOKEN": "  ", "AI4OS_BOT_MEMBERS": ""}, dotenv=None)

    assert settings.http_port == 3000
    assert settings.nomad.token is None
    assert settings.members[AI4EOSC].everyone


def test_empty_yaml_values_count_as_unset(write_yaml: WriteYaml) -> None:
    """A key of the YAML file without a value leaves the default."""
    settings = load(write_yaml("http_port:\nteam_id: ''\nplatforms:\n  imagine:\n    title:\n"), dotenv=None)

    assert settings.http_port == 3000
    assert [platform.title for platform in settings.platforms] == ["AI4EOSC", "iMagine", "Tutorials"]


def test_an_empty_yaml_file_changes_nothing(write_yaml: WriteYaml) -> None:
    """A file with comments alone is a valid configuration."""
    assert load(write_yaml("# nothing yet\n"), dotenv=None).platforms == load(TOKENS, dotenv=None).platforms


def test_secrets_come_from_files_too(tmp_path: Path) -> None:
    """NAME_FILE names a file that holds the secret, with or without a line end."""
    secret = tmp_path / "token"
    secret.write_text("xoxb-from-a-file\n")

    settings = load({"SLACK_BOT_TOKEN_FILE": str(secret), "SLACK_APP_TOKEN": "xapp-1"}, dotenv=None)

    assert settings.slack.bot_token.get_secret_value() == "xoxb-from-a-file"


def test_postgresql_is_reached_through_the_driver_that_is_installed() -> None:
    """The usual spellings of a PostgreSQL address all lead to psycopg."""
    short = load(TOKENS | {"DATABASE_URL": "postgres://bot:pw@db/ai4os"}, dotenv=None)
    long = load(TOKENS | {"DATABASE_URL": "postgresql://bot:pw@db/ai4os"}, dotenv=None)

    assert short.database_url.get_secret_value() == "postgresql+psycopg://bot:pw@db/ai4os"
    assert long.database_url == short.database_url


def test_http_mode_needs_the_signing_secret_and_no_app_token() -> None:
    """HTTP mode starts with bot token and signing secret alone."""
    environ = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "made-up", "AI4OS_BOT_TRANSPORT": "HTTP"}

    assert load(environ, dotenv=None).transport is Transport.HTTP


def test_a_local_workspace_may_speak_plain_http() -> None:
    """On this machine's own addresses the Web API needs no TLS, and a missing last slash is added."""
    settings = load(TOKENS | {"SLACK_API_URL": "http://127.0.0.1:8000/api"}, dotenv=None)

    assert settings.slack.api_url == "http://127.0.0.1:8000/api/"


def test_a_catalogue_folder_is_found_by_its_module_list(tmp_path: Path) -> None:
    """A folder with .gitmodules or gitmodules.txt beside a folder modules is a catalogue."""
    (tmp_path / "gitmodules.txt").write_text("")
    (tmp_path / "modules").mkdir()

    assert load(TOKENS | {"AI4OS_BOT_CATALOG": str(tmp_path)}, dotenv=None).catalog == str(tmp_path)


def test_a_site_overrides_single_keys(write_yaml: WriteYaml) -> None:
    """What the file says of a built-in platform is laid over it key by key; the rest stays."""
    environ = write_yaml("platforms:\n  ai4eosc:\n    limits:\n      cpu: {maximum: 16}\n    priority: 60\n")

    ai4eosc = load(environ, dotenv=None).platforms[0]

    assert ai4eosc.limits.cpu == Range(default=4, minimum=1, maximum=16)
    assert ai4eosc.limits.ram == Range(default=8000, minimum=2000, maximum=40000)
    assert (ai4eosc.priority, ai4eosc.vo) == (60, "vo.ai4eosc.eu")


def test_a_site_adds_a_platform(write_yaml: WriteYaml) -> None:
    """A new platform needs a VO and a base domain; title and namespace follow its key."""
    environ = write_yaml("platforms:\n  ai4life:\n    vo: vo.ai4life.eu\n    base_domain: deployments.example.org\n")

    added = load(environ, dotenv=None).platforms[-1]

    assert (added.key, added.title, added.namespace, added.priority) == ("ai4life", "ai4life", "ai4life", 50)


def test_a_site_removes_a_platform(write_yaml: WriteYaml) -> None:
    """A platform that is not enabled is not there."""
    settings = load(write_yaml("platforms:\n  tutorials: {enabled: false}\n"), dotenv=None)

    assert [platform.key for platform in settings.platforms] == ["ai4eosc", "imagine"]
    assert TUTORIALS not in settings.members


@pytest.mark.parametrize(
    ("yaml", "expected"),
    [
        ("today", AddressScheme()),
        ("howto", AddressScheme(template="http://{label}.{hostname}.{base_domain}", inference_label="deepaas")),
        ("direct", AddressScheme(template="http://{address}:{port}", inference_label="api")),
        (
            "{template: 'https://{label}.{hostname}.example.org'}",
            AddressScheme(template="https://{label}.{hostname}.example.org", inference_label="api"),
        ),
    ],
)
def test_addresses_are_a_preset_or_a_template(write_yaml: WriteYaml, yaml: str, expected: AddressScheme) -> None:
    """Both address generations have names, and any other form is a template."""
    settings = load(write_yaml(f"platforms:\n  ai4eosc:\n    addresses: {yaml}\n"), dotenv=None)

    assert settings.platforms[0].addresses == expected


def test_what_stands_at_the_top_is_for_all_platforms(write_yaml: WriteYaml) -> None:
    """General keys reach every platform, except where a platform has its own."""
    environ = write_yaml(
        "service_provider: nomad\n"
        "docker: {storage_quota: false}\n"
        "limits: {gpus_per_owner: 4}\n"
        "platforms:\n  imagine:\n    service_provider: consul\n    docker: {network_mode: host}\n"
    )

    ai4eosc, imagine, tutorials = load(environ, dotenv=None).platforms

    assert (ai4eosc.service_provider, imagine.service_provider) == (ServiceProvider.NOMAD, ServiceProvider.CONSUL)
    assert ai4eosc.docker == DockerOptions(storage_quota=False)
    assert imagine.docker == DockerOptions(storage_quota=False, network_mode="host")
    assert (tutorials.limits.gpus_per_owner, tutorials.limits.cpu.maximum) == (4, 4)


def test_docker_options_come_from_the_environment(write_yaml: WriteYaml) -> None:
    """The environment's Docker options are laid over those at the top of the file."""
    environ = write_yaml("docker: {force_pull: true, network_mode: bridge}\n")
    options = {"AI4OS_BOT_DOCKER_FORCE_PULL": "false", "AI4OS_BOT_DOCKER_STORAGE_QUOTA": "false"}

    settings = load(environ | options, dotenv=None)

    expected = DockerOptions(force_pull=False, storage_quota=False, network_mode="bridge")
    assert settings.platforms[0].docker == expected


def test_members_are_everyone_until_somebody_says_who() -> None:
    """Without a word about members every full member of the workspace belongs, and a warning names the key."""
    settings = load(TOKENS, dotenv=None)

    assert settings.members[TUTORIALS] == Membership(everyone=True)
    assert settings.administrators[TUTORIALS] == Membership()
    assert "AI4OS_BOT_MEMBERS" in settings.warnings[0]
    assert "ai4eosc, imagine, tutorials" in settings.warnings[0]


def test_members_are_named_for_all_platforms_or_for_one(write_yaml: WriteYaml) -> None:
    """A platform's own members replace the general ones; lists take e-mails, Slack ids and user groups."""
    environ = write_yaml(
        "platforms:\n  imagine:\n    members: [Ada@Example.org, U012AB3CD, 'usergroup:@imagine-users']\n"
        "    administrators: [usergroup:S0ADMINS]\n"
    )

    settings = load(environ | {"AI4OS_BOT_MEMBERS": "grace@example.org, everyone"}, dotenv=None)

    assert settings.members[IMAGINE] == Membership(
        emails=frozenset({"ada@example.org"}),
        slack_users=frozenset({SlackUserId("U012AB3CD")}),
        usergroups=frozenset({"imagine-users"}),
    )
    assert settings.members[AI4EOSC].everyone
    assert settings.administrators[IMAGINE].usergroups == {"s0admins"}
    assert settings.warnings == ()


def test_an_empty_list_of_members_means_nobody(write_yaml: WriteYaml) -> None:
    """An empty list is an answer, not a missing one: nobody belongs."""
    settings = load(write_yaml("platforms:\n  imagine:\n    members: []\n"), dotenv=None)

    assert settings.members[IMAGINE] == Membership()


def test_owners_join_addresses_with_subjects(write_yaml: WriteYaml) -> None:
    """The file says which OIDC subject an e-mail address belongs to, whatever the case of the address."""
    settings = load(write_yaml("owners:\n  Ada@Example.org: 8f14e45f@platform\n"), dotenv=None)

    assert settings.owners == {"ada@example.org": "8f14e45f@platform"}


def test_an_unencrypted_nomad_token_is_worth_a_warning() -> None:
    """A token that travels over plain HTTP to another machine is named at the start."""
    environ = TOKENS | {"NOMAD_ADDR": "http://nomad.example.org:4646", "NOMAD_TOKEN": "made-up"}

    assert any("NOMAD_TOKEN" in warning for warning in load(environ, dotenv=None).warnings)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"AI4OS_BOT_HTTP_PORT": "abc"},
            "AI4OS_BOT_HTTP_PORT: 'abc' is not a port. Give a whole number from 1 to 65535.",
        ),
        (
            {"AI4OS_BOT_HTTP_PORT": "65536"},
            "AI4OS_BOT_HTTP_PORT: '65536' is not a port. Give a whole number from 1 to 65535.",
        ),
        (
            {"AI4OS_BOT_TRANSPORT": "websocket"},
            "AI4OS_BOT_TRANSPORT: 'websocket' is not a way to reach Slack. Give socket (Socket Mode) or http.",
        ),
        (
            {"AI4OS_BOT_HTPP_PORT": "3000"},
            "AI4OS_BOT_HTPP_PORT: there is no such setting. Did you mean AI4OS_BOT_HTTP_PORT?",
        ),
        (
            {"AI4OS_BOT_SERVICE_PROVIDER": "docker"},
            "AI4OS_BOT_SERVICE_PROVIDER: 'docker' is not a service provider. Give auto, consul or nomad.",
        ),
        (
            {"AI4OS_BOT_DOCKER_FORCE_PULL": "maybe"},
            "AI4OS_BOT_DOCKER_FORCE_PULL: 'maybe' is not true or false. Give true or false.",
        ),
        (
            {"SLACK_API_URL": "http://slack.example.org/api/"},
            (
                "SLACK_API_URL: 'http://slack.example.org/api/' is not the address of a Slack Web API. Give an https://"
                " address; http:// is for 127.0.0.1, ::1 and localhost only."
            ),
        ),
        (
            {"NOMAD_ADDR": "nomad.example.org"},
            (
                "NOMAD_ADDR: 'nomad.example.org' is not the address of a Nomad agent. Give http(s)://HOST:PORT, without"
                " a user name or password in it."
            ),
        ),
        (
            {"NOMAD_CACERT": "/nowhere/ca.pem"},
            (
                "NOMAD_CACERT: '/nowhere/ca.pem' cannot be read (No such file or directory). Give a path that the bot"
                " may read."
            ),
        ),
        (
            {"AI4OS_BOT_CONFIG": "/nowhere/config.yaml"},
            (
                "AI4OS_BOT_CONFIG: '/nowhere/config.yaml' cannot be read (No such file or directory). Give the path of"
                " a YAML file; config.example.yaml shows its keys."
            ),
        ),
        (
            {"AI4OS_BOT_MEMBERS": "ada@example.org, Grace"},
            (
                "AI4OS_BOT_MEMBERS: 'Grace' is not a member. Give `everyone`, or e-mail addresses, Slack user ids and"
                " `usergroup:HANDLE`."
            ),
        ),
        (
            {"AI4OS_BOT_ADMINISTRATORS": "everyone"},
            "AI4OS_BOT_ADMINISTRATORS: 'everyone' cannot administer. Name people or user groups.",
        ),
        (
            {"AI4OS_BOT_TEAM_ID": "ai4os"},
            (
                "AI4OS_BOT_TEAM_ID: 'ai4os' is not the id of a Slack workspace. Give the id that begins with T, from"
                " the address of the workspace in a browser."
            ),
        ),
        (
            {"AI4OS_BOT_FOLLOW_SECONDS": "0"},
            "AI4OS_BOT_FOLLOW_SECONDS: '0' is not a number of seconds. Give a number from 0.1 to 60.",
        ),
        (
            {"SLACK_APP_TOKEN": ""},
            (
                "SLACK_APP_TOKEN: it is not set. Socket Mode needs it. Make one with the scope connections:write on the"
                " app's page Basic Information; it begins with xapp-."
            ),
        ),
        (
            {"AI4OS_BOT_TRANSPORT": "http"},
            "SLACK_SIGNING_SECRET: it is not set. HTTP mode needs it. Copy it from the app's page Basic Information.",
        ),
        (
            {"SLACK_BOT_TOKEN": ""},
            (
                "SLACK_BOT_TOKEN: it is not set. Copy the Bot User OAuth Token, which begins with xoxb-, from the app's"
                " page OAuth & Permissions."
            ),
        ),
    ],
)
def test_a_wrong_setting_is_one_line(changes: dict[str, str], line: str) -> None:
    """A wrong value stops the start with one line: the key, the bad value and the mend."""
    assert refusal(TOKENS | changes) == line


@pytest.mark.parametrize(
    ("yaml", "line"),
    [
        ("http_prot: 3000", "http_prot in config.yaml: there is no such key. Did you mean http_port?"),
        (
            "platforms: {ai4eosc: {limits: {cpu: {max: 3}}}}",
            "platforms.ai4eosc.limits.cpu.max in config.yaml: there is no such key. Did you mean maximum?",
        ),
        (
            "slack_bot_token: xoxb-in-the-wrong-place",
            (
                "slack_bot_token in config.yaml: this file does not say how to reach Slack, Nomad or the database. Set"
                " it in the environment or in .env."
            ),
        ),
        (
            "platforms: {ai4eosc: {priority: high}}",
            "platforms.ai4eosc.priority in config.yaml: 'high' is not a priority. Give a whole number from 1 to 100.",
        ),
        (
            "platforms: {ai4eosc: {limits: {cpu: {minimum: 5}}}}",
            (
                "platforms.ai4eosc.limits in config.yaml: cpu has the default 4, which is not between 5 and 10. Give a"
                " minimum, a default and a maximum in this order."
            ),
        ),
        (
            "platforms: {ai4eosc: {addresses: yesterday}}",
            (
                "platforms.ai4eosc.addresses in config.yaml: 'yesterday' is not an address scheme. Give today, howto,"
                " direct, or a mapping with template and inference_label."
            ),
        ),
        (
            "platforms: {ai4eosc: {addresses: {template: 'https://{label.__class__}.org'}}}",
            (
                "platforms.ai4eosc.addresses in config.yaml: the template 'https://{label.__class__}.org' has a part"
                " that cannot be filled in. Use only {address}, {base_domain}, {hostname}, {label}, {node_domain},"
                " {port}, {uuid}."
            ),
        ),
        (
            "platforms: {ai4eosc: {addresses: {template: 'https://{label}.example.org'}}}",
            (
                "platforms.ai4eosc.addresses in config.yaml: the template 'https://{label}.example.org' is the same for"
                " all deployments. Use {uuid}, {hostname} or {address}."
            ),
        ),
        (
            "platforms: {ai4eosc: {addresses: {template: 'https://{uuid}.example.org'}}}",
            (
                "platforms.ai4eosc.addresses in config.yaml: the template 'https://{uuid}.example.org' is no address."
                " Begin with https:// and use {label} or {port} to tell a deployment's services apart."
            ),
        ),
        (
            "platforms: {ai4eosc: {addresses: {template: 'https://{uuid}.example.org/{label}'}}}",
            (
                "platforms.ai4eosc.addresses in config.yaml: the template 'https://{uuid}.example.org/{label}' has a"
                " path. Use a host name alone: services are told apart by it."
            ),
        ),
        (
            "platforms: {new: {vo: vo.example.org}}",
            "platforms.new.base_domain: it is not set. Give one such as deployments.cloud.ai4eosc.eu.",
        ),
        (
            "platforms: {imagine: {namespace: ai4eosc}}",
            "platforms.imagine.namespace: 'ai4eosc' is the namespace of ai4eosc already. Give each platform its own.",
        ),
        (
            "platforms: {ai4eosc: {enabled: false}, imagine: {enabled: false}, tutorials: {enabled: false}}",
            "platforms: none is left. Leave at least one enabled.",
        ),
        (
            "platforms: {ai4eosc: {enabled: 'no'}}",
            "platforms.ai4eosc.enabled in config.yaml: 'no' is not true or false. Give true or false.",
        ),
        (
            "docker: {force_pull: perhaps}",
            "docker.force_pull in config.yaml: 'perhaps' is not true or false. Give true or false.",
        ),
        (
            "owners: {ada@example.org: [1]}",
            (
                "owners.ada@example.org in config.yaml: [1] is not a list of owners. Give a mapping of e-mail addresses"
                " to OIDC subjects."
            ),
        ),
    ],
)
def test_a_wrong_key_of_the_file_is_one_line(write_yaml: WriteYaml, yaml: str, line: str) -> None:
    """A wrong key or value in the YAML file is told by its path, in one line."""
    assert refusal(write_yaml(yaml)) == line


def test_a_file_that_is_no_yaml_names_the_line(write_yaml: WriteYaml) -> None:
    """A broken file is told with the line at which it breaks."""
    assert "is not valid YAML (line 2)" in refusal(write_yaml("http_port: 3000\n  - what: [\n"))


def test_a_wrong_line_of_the_dotenv_file_says_where_it_stands(tmp_path: Path) -> None:
    """A value from .env is told as standing there."""
    dotenv = tmp_path / ".env"
    dotenv.write_text("AI4OS_BOT_HTTP_PORT=abc\n")

    assert refusal(TOKENS, dotenv=dotenv).startswith("AI4OS_BOT_HTTP_PORT in .env: 'abc' is not a port.")


def test_several_wrong_settings_are_counted() -> None:
    """The first problem is told and the others are counted."""
    line = refusal(TOKENS | {"AI4OS_BOT_HTTP_PORT": "abc", "AI4OS_BOT_LOG_LEVEL": "loud", "SLACK_BOT_TOKEN": ""})

    assert line.endswith("(and 2 more)")


def test_a_general_value_that_is_wrong_counts_once() -> None:
    """A wrong general setting is one problem, although every platform has it."""
    assert "more" not in refusal(TOKENS | {"AI4OS_BOT_DOCKER_FORCE_PULL": "maybe"})


def test_a_value_cannot_break_the_line() -> None:
    """A value with a line end in it is shown escaped, so that the message stays one line."""
    line = refusal(TOKENS | {"AI4OS_BOT_TRANSPORT": "x\nAI4OS_BOT: all is well\x1b[2J"})

    assert line.isprintable()


@pytest.mark.parametrize(
    "changes",
    [
        {"SLACK_BOT_TOKEN": "xoxp-sesame-sesame"},
        {"SLACK_BOT_TOKEN": "xoxb-sesame sesame"},
        {"SLACK_APP_TOKEN": "sesame-sesame"},
        {"SLACK_SIGNING_SECRET": "sesame\tsesame"},
        {"NOMAD_TOKEN": "sesame sesame"},
        {"DATABASE_URL": "mysql://bot:sesame@db/ai4os"},
        {"DATABASE_URL": "sesame"},
        {"NOMAD_ADDR": "http://bot:sesame@nomad:4646"},
        {"NOMAD_ADDR": "bot:sesame@nomad:4646"},
        {"SLACK_API_URL": "ftp://bot:sesame@slack.example.org"},
        {"AI4OS_BOT_TRANSPORT": "xoxb-1-sesame"},
    ],
)
def test_a_secret_is_never_in_the_message(changes: dict[str, str]) -> None:
    """Whatever is wrong with a secret, the message does not hold it."""
    assert "sesame" not in refusal(TOKENS | changes)


def test_no_text_made_of_the_settings_holds_a_secret() -> None:
    """Neither repr nor str nor a dump shows a token or the database's password."""
    settings = load(
        TOKENS
        | {
            "SLACK_SIGNING_SECRET": "sesame-signing",
            "NOMAD_TOKEN": "sesame-nomad",
            "DATABASE_URL": "postgresql://bot:sesame-database@db/ai4os",
            "SLACK_BOT_TOKEN": "xoxb-sesame",
            "SLACK_APP_TOKEN": "xapp-sesame",
        },
        dotenv=None,
    )

    texts = (repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json())
    assert not any("sesame" in text for text in texts)


def test_the_logs_learn_every_secret() -> None:
    """The values that the logs must keep out include the database's password in both spellings."""
    environ = {"NOMAD_TOKEN": "sesame-nomad", "DATABASE_URL": "postgresql://bot:open%20sesame@db/ai4os"}

    secrets = load(TOKENS | environ, dotenv=None).secrets

    assert {"xoxb-1-made-up", "xapp-1-made-up", "sesame-nomad", "open%20sesame", "open sesame"} == set(secrets)


def test_a_secret_and_its_file_exclude_each_other(tmp_path: Path) -> None:
    """A secret given twice is refused instead of one being taken in silence."""
    (tmp_path / "token").write_text("xoxb-1")

    line = refusal(TOKENS | {"SLACK_BOT_TOKEN_FILE": str(tmp_path / "token")})

    assert line == "SLACK_BOT_TOKEN_FILE: SLACK_BOT_TOKEN is set as well. Set only one of the two."


def test_a_certificate_needs_its_key(tmp_path: Path) -> None:
    """A client certificate without its key is refused, naming what is missing."""
    (tmp_path / "cert.pem").write_text("made up")

    assert refusal(TOKENS | {"NOMAD_CLIENT_CERT": str(tmp_path / "cert.pem")}).startswith("NOMAD_CLIENT_KEY:")


def test_settings_cannot_be_changed() -> None:
    """Settings are a frozen value."""
    settings = load(TOKENS, dotenv=None)

    with pytest.raises(ValueError, match="frozen"):
        settings.http_port = 1  # type: ignore[misc]  # this is what must not work


def test_settings_read_nothing_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only `load` reads an environment; the class alone does not look at the process's."""
    monkeypatch.setenv("SLACK", '{"bot_token": "xoxb-1"}')

    with pytest.raises(ValueError, match="slack"):
        Settings()


ROOT = Path(__file__).parents[2]


def test_the_readme_lists_every_key() -> None:
    """The README's table has a row for every variable, and for no other."""
    rows = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("| `")]
    listed = [name.strip("`") for row in rows for name in row.split("|")[1].strip().split(", ")]

    assert [name for name in listed if name.isupper()] == [key.name for key in KEYS]


def test_the_example_environment_is_valid(tmp_path: Path) -> None:
    """The example .env file names every variable and is itself a complete environment once tokens are filled in."""
    text = (ROOT / ".env.example").read_text()
    (tmp_path / ".env").write_text(text)

    settings = load(TOKENS, dotenv=tmp_path / ".env")

    assert settings == load(TOKENS, dotenv=None)
    assert [key.name for key in KEYS if f"{key.name}=" not in text] == []


def test_the_example_configuration_is_valid() -> None:
    """The example configuration loads, and says who belongs where."""
    settings = load(TOKENS | {"AI4OS_BOT_CONFIG": str(ROOT / "config.example.yaml")}, dotenv=None)

    assert len(settings.platforms) >= 3
    assert settings.warnings == ()
