"""`python app.py doctor` against the local workspace and the simulated cluster: what it finds, and what it leaves."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml

import app
from bot.command_line import Asked, Verb, report
from bot.domain.checkup import Finding, Verdict, line, summary
from bot.services.doctor import Doctor
from bot.settings import WrongSettings
from bot.settings.checkup import checks_without_settings
from handlers.socket_mode import LINES
from playground.cluster import NodeSpec, SimulatedCluster
from playground.cluster.acl import Token
from playground.registry import LocalRegistry
from playground.slack.settings import AppSettings
from playground.slack.workspace import Workspace
from tests.app.town import Town, environment_of
from tests.conftest import DATA, Golden

ROOT = Path(__file__).parents[2]
MANIFEST = AppSettings.from_manifest(yaml.safe_load((ROOT / "app.yaml").read_text(encoding="utf-8")))
NAMESPACES = ("ai4eosc", "imagine", "tutorials")
EVERY_RIGHT = frozenset({"list-jobs", "read-job", "submit-job", "variables-read", "variables-write"})
NOMAD_TOKEN = "5e5a3e00-0000-4000-8000-000000000000"
READS = {
    "auth.test",
    "apps.connections.open",
    "users.info",
    "users.list",
    "users.lookupByEmail",
    "usergroups.list",
}


@dataclass(kw_only=True)
class Site:
    """Everything that a bot needs, and no bot."""

    workspace: Workspace
    cluster: SimulatedCluster
    environment: dict[str, str]

    def examine(
        self,
        changes: Mapping[str, str] | None = None,
        *,
        ahead: timedelta = timedelta(0),
        check_limit: timedelta = timedelta(seconds=10),
    ) -> list[Finding]:
        """Return what is found with these changes to the environment; `ahead` is how fast our own clock is."""
        settings = app.load({**self.environment, **(changes or {})}, dotenv=None)

        def clock() -> datetime:
            return self.workspace.clock.now() + ahead

        return list(app.examine(settings, clock=clock, check_limit=check_limit))

    def bad(self, **changes: str) -> list[Finding]:
        """Return what is not fine."""
        return [finding for finding in self.examine(changes) if finding.verdict is not Verdict.FINE]

    @property
    def folder(self) -> Path:
        """Return the folder for the database, which is empty."""
        return Path(self.environment["DATABASE_URL"].removeprefix("sqlite:///")).parent

    def run(self, *arguments: str, **changes: str) -> "subprocess.CompletedProcess[str]":
        """Run it as a process of its own, with nothing but the environment."""
        return subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-W", "error", str(ROOT / "app.py"), *arguments],
            cwd=self.folder,
            env=self.environment | changes,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Give everything but the bot; nothing is wrong."""
    with ExitStack() as stack:
        workspace = stack.enter_context(Workspace(MANIFEST))
        registry = stack.enter_context(LocalRegistry())
        cluster = stack.enter_context(SimulatedCluster.default(clock=workspace.clock))
        workspace.add_user("ada")
        workspace.add_user("bob")
        environment = environment_of(
            workspace, registry, nomad=cluster.address, database=tmp_path / "bot.sqlite3", AI4OS_BOT_MEMBERS="everyone"
        )
        yield Site(workspace=workspace, cluster=cluster, environment=environment)


def told(findings: list[Finding]) -> str:
    """Return findings as they are printed, without what is different each time."""
    text = "\n".join([*(line(finding) for finding in findings), summary(findings)])
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)
    text = re.sub(r"/\S*/(?=bot\.sqlite3)", "/srv/ai4os-bot/", text)
    text = re.sub(r"/\S*/playground/catalogue", "playground/catalogue", text)
    text = re.sub(r"is \d+ s ahead", "is 45 s ahead", text)
    return re.sub(r"The disk of \S+ has \S+ GiB", "The disk of /srv/ai4os-bot has 75.0 GiB", text)


def test_a_site_where_nothing_is_wrong(site: Site, golden: Golden) -> None:
    """Every line has the fact that was found; the golden file is what a person reads."""
    golden.check_text("doctor/fine", told(site.examine()))


def test_a_site_where_much_is_wrong(site: Site, golden: Golden) -> None:
    """Every line that is not fine says what to do; the golden file is what a person reads."""
    site.workspace.state.settings = replace(MANIFEST, scopes=MANIFEST.scopes - {"im:history"} | {"reactions:write"})
    site.cluster.lose_node("iisas-gpu-0")
    site.cluster.add_node(NodeSpec(name="incd-gpu-1", site="incd", tags="gpu", docker=False))
    changes = {
        "AI4OS_BOT_MEMBERS": "usergroup:imagine, ada@example.org, gone@example.org",
        "AI4OS_BOT_IMAGE_REGISTRY": "http://127.0.0.1:1",
        "DATABASE_URL": "postgresql://bot:sesame@127.0.0.1:1/bot",
    }

    golden.check_text("doctor/troubled", told(site.examine(changes, ahead=timedelta(seconds=45))))


def test_the_sample_in_the_handbook_is_what_is_printed() -> None:
    """Every line of it stands in the golden file of a bad day."""
    handbook = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8").partition("## The doctor")[2]
    sample = handbook.split("```")[3].strip().splitlines()
    printed = (DATA / "doctor" / "troubled.txt").read_text(encoding="utf-8").splitlines()

    assert len(sample) > 10
    assert [text for text in sample if text not in printed] == []


def test_nothing_is_started_written_or_left(site: Site, tmp_path: Path) -> None:
    """Slack is only read from and no socket opened, Nomad has no job, Variable or evaluation, no file is made."""
    site.examine()

    assert {call.method for call in site.workspace.calls} <= READS
    assert site.workspace.connections == 0
    assert site.cluster.jobs() == ()
    assert [call.status for call in site.cluster.calls if call.method != "GET" and "/plan" not in call.path] == [
        *([500, 200, 200, 409, 409] * len(NAMESPACES))
    ]
    assert all(site.cluster.variable_items("nomad/jobs/ai4os-bot-doctor", name) is None for name in NAMESPACES)
    assert site.cluster.evaluations("ai4os-bot-doctor") == ()
    assert list(tmp_path.iterdir()) == []


def test_it_does_not_disturb_a_bot_that_runs(town: Town) -> None:
    """Beside a running bot nothing is a problem, and the bot goes on answering."""
    found = list(app.examine(app.load(town.environment, dotenv=None), clock=town.workspace.clock.now))

    assert [finding.text for finding in found if finding.verdict in {Verdict.PROBLEM, Verdict.UNKNOWN}] == []
    assert town.workspace.connections == LINES
    assert town.deploy().text


# Slack.


@pytest.mark.parametrize("scope", ["im:history", "usergroups:read"])
def test_a_scope_that_is_missing_is_named(site: Site, scope: str) -> None:
    """Reinstalling with the manifest mends it."""
    site.workspace.state.settings = replace(MANIFEST, scopes=MANIFEST.scopes - {scope})

    (finding,) = site.bad()

    assert (finding.verdict, finding.text) == (Verdict.PROBLEM, f"The token lacks the scope {scope}.")
    assert "paste app.yaml as its manifest and reinstall" in finding.mend


def test_scopes_for_people_are_missed_where_people_are_looked_up(site: Site) -> None:
    """Without users:read.email nobody's address is told, which the look-up says, too."""
    site.workspace.state.settings = replace(MANIFEST, scopes=MANIFEST.scopes - {"users:read.email"})

    texts = [finding.text for finding in site.bad()]

    assert texts[0] == "The token lacks the scope users:read.email."
    assert "no e-mail address of 2 members" in texts[1]
    assert texts[2] == "the people in the settings: not checked, because people cannot be looked up."


def test_a_scope_too_many_is_a_warning(site: Site) -> None:
    """The bot works; a stolen token would be good for more."""
    site.workspace.state.settings = replace(MANIFEST, scopes=MANIFEST.scopes | {"reactions:write", "channels:history"})

    (finding,) = site.bad()

    assert finding.verdict is Verdict.WARNING
    assert "the scopes channels:history and reactions:write" in finding.text


@pytest.mark.parametrize(
    ("trouble", "verdict", "text"),
    [
        (lambda site: site.workspace.revoke_token(), Verdict.PROBLEM, "does not accept the token (“token_revoked”)"),
        (
            lambda site: site.workspace.faults.refuse("auth.test", "account_inactive"),
            Verdict.PROBLEM,
            "“account_inactive”",
        ),
        (
            lambda site: site.workspace.faults.rate_limit("auth.test", retry_after=7),
            Verdict.UNKNOWN,
            "left alone for 7 s",
        ),
        (lambda site: site.workspace.faults.fail("auth.test", 503), Verdict.UNKNOWN, "has trouble (status 503)"),
        (
            lambda site: site.workspace.faults.garble("auth.test"),
            Verdict.PROBLEM,
            "What answers at 127.0.0.1 is not Slack",
        ),
        (lambda site: site.workspace.faults.drop_before("auth.test"), Verdict.PROBLEM, "does not answer at 127.0.0.1"),
    ],
    ids=["revoked", "inactive", "limited", "503", "garbled", "cut"],
)
def test_what_slack_answers_to_the_token_is_told(
    site: Site, trouble: Callable[[Site], None], verdict: Verdict, text: str
) -> None:
    """A refusal is a problem, Slack's own trouble is unknown; what hangs on it is not checked, the rest is."""
    trouble(site)

    first, *others = site.bad()

    assert first.verdict is verdict
    assert text in first.text
    assert {finding.text.partition(": not checked, because ")[2] for finding in others} == {
        "Slack does not accept the bot's token."
    }


def test_a_slack_that_cannot_be_reached_is_told(site: Site) -> None:
    """With the reason; Nomad and the others are looked at all the same."""
    with site.workspace.outage():
        found = site.examine()

    first = next(finding for finding in found if finding.verdict is Verdict.PROBLEM)
    assert first.text == "Slack does not answer at 127.0.0.1 (connection refused)."
    assert "HTTPS_PROXY" in first.mend
    assert any("region global" in finding.text for finding in found)


def test_the_libraries_complain_to_nobody(site: Site) -> None:
    """What fails is a line of the report; standard error stays for whoever called it wrongly."""
    with site.workspace.outage():
        ended = site.run("doctor")

    assert "connection refused" in ended.stdout
    assert ended.stderr == ""


def test_an_app_token_that_slack_refuses_is_told(site: Site) -> None:
    """It is Socket Mode's, so the rest of Slack is fine."""
    refused = site.environment["SLACK_APP_TOKEN"] + "-revoked"

    (finding,) = site.bad(SLACK_APP_TOKEN=refused)

    assert finding.text == "SLACK_APP_TOKEN: Slack does not accept the token (“invalid_auth”)."
    assert "connections:write" in finding.mend
    assert refused not in repr(finding)


def test_a_token_of_another_team_is_told(site: Site) -> None:
    """Both teams are named."""
    first, *_ = site.bad(AI4OS_BOT_TEAM_ID="T0000OTHER")

    assert site.workspace.team_id in first.text
    assert "T0000OTHER" in first.text


def test_http_mode_wants_a_signing_secret_that_looks_like_one(site: Site) -> None:
    """Socket Mode is not asked about then; a secret of another shape is a warning and not shown."""
    http = {"AI4OS_BOT_TRANSPORT": "http"}

    found = site.examine(http)
    (warning,) = site.bad(SLACK_SIGNING_SECRET="sesame-open", **http)

    assert "apps.connections.open" not in {call.method for call in site.workspace.calls}
    assert any("SLACK_SIGNING_SECRET looks like one" in finding.text for finding in found)
    assert warning.verdict is Verdict.WARNING
    assert "sesame" not in repr(warning)


def test_people_and_groups_of_the_settings_are_looked_up(site: Site) -> None:
    """Who is not there, a guest, or deactivated is a warning; a group that is missing, disabled or empty a problem."""
    workspace = site.workspace
    workspace.add_user("guest", is_restricted=True)
    workspace.add_user("gone", deleted=True)
    workspace.add_usergroup("imagine", ["ada"])
    workspace.add_usergroup("old", ["ada"], is_disabled=True)
    workspace.add_usergroup("empty", [])
    gone = workspace.person("gone").id
    members = f"ada@example.org, guest@example.org, nobody@example.org, {gone}"
    groups = "usergroup:imagine, usergroup:old, usergroup:empty, usergroup:missing"

    found = site.bad(AI4OS_BOT_MEMBERS=f"{members}, {groups}")

    assert [(finding.verdict, finding.text.partition(", whom the settings name, ")[2]) for finding in found[:3]] == [
        (Verdict.WARNING, "is a guest, and guests are refused."),
        (Verdict.WARNING, "is nobody in this workspace."),
        (Verdict.WARNING, "is deactivated in Slack."),
    ]
    assert [(finding.verdict, finding.text) for finding in found[3:]] == [
        (Verdict.PROBLEM, f"The user group {name}, which the settings name, {why}: nobody belongs through it.")
        for name, why in (("empty", "is empty"), ("missing", "is not there"), ("old", "is disabled"))
    ]


# Nomad.


@pytest.mark.parametrize(
    ("trouble", "text"),
    [
        (lambda cluster: cluster.unplug(), "connection refused"),
        (lambda cluster: cluster.faults.leaderless(times=None), "Nomad has no leader right now (status 500)."),
        (lambda cluster: cluster.faults.error("it burns", times=None), "Nomad reports an error: it burns (status 500)"),
        (lambda cluster: cluster.faults.error("gateway", status=502, times=None), "behind its gateway (status 502)."),
        (lambda cluster: cluster.faults.too_many(times=None), "too many connections"),
        (lambda cluster: cluster.faults.rubbish(times=None), "does not speak Nomad's language"),
        (lambda cluster: cluster.faults.unreachable(times=None), "The connection to Nomad broke."),
    ],
    ids=["unplugged", "leaderless", "500", "502", "429", "rubbish", "cut"],
)
def test_a_nomad_that_does_not_answer_well_is_one_problem(
    site: Site, trouble: Callable[[SimulatedCluster], None], text: str
) -> None:
    """It is told once, with what to do; everything that hangs on it is told as not checked."""
    trouble(site.cluster)

    problem, *others = site.bad()

    assert problem.verdict is Verdict.PROBLEM
    assert text in problem.text
    assert problem.mend
    assert all("not checked, because Nomad" in finding.text for finding in others)


def test_a_nomad_that_hangs_is_given_up(site: Site) -> None:
    """After the limit of the check; the database and the catalogue are looked at all the same."""
    site.cluster.faults.slow(timedelta(seconds=1.5), times=None)

    found = site.examine(check_limit=timedelta(seconds=0.4))

    assert any("its leader: no answer within 0 s" in finding.text for finding in found)
    assert any(finding.area == "Catalogue" and finding.verdict is Verdict.FINE for finding in found)


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("http://nomad..example:4646", "The host nomad..example of NOMAD_ADDR is not known"),
        ("https://127.0.0.1:{port}", "does not speak TLS"),
    ],
)
def test_a_wrong_address_of_nomad_is_told(site: Site, address: str, text: str) -> None:
    """A host without an address, TLS where there is none: NOMAD_ADDR is named."""
    port = site.cluster.address.rpartition(":")[2]

    problem, *_ = site.bad(NOMAD_ADDR=address.format(port=port))

    assert text in problem.text
    assert "NOMAD_ADDR" in problem.text + problem.mend


@pytest.mark.parametrize(
    ("lacking", "text"),
    [
        ("list-jobs", "lacks list-jobs in this namespace"),
        ("read-job", "lacks read-job in this namespace"),
        ("submit-job", "lacks submit-job in this namespace"),
        ("variables-read", "lacks read on the Variables"),
    ],
)
def test_a_missing_right_is_exactly_its_line(tmp_path: Path, lacking: str, text: str) -> None:
    """As on a real Nomad (tests/contract): one line for the one right in the one namespace."""
    rights = dict.fromkeys(NAMESPACES, EVERY_RIGHT) | {"imagine": EVERY_RIGHT - {lacking}}
    token = Token(secret=NOMAD_TOKEN, accessor="a", name="bot", namespaces=rights, node_read=True)
    with Workspace(MANIFEST) as workspace, LocalRegistry() as registry, SimulatedCluster(tokens=[token]) as cluster:
        workspace.add_user("ada")
        environment = environment_of(workspace, registry, nomad=cluster.address, database=tmp_path / "bot.sqlite3")
        site = Site(workspace=workspace, cluster=cluster, environment=environment | {"NOMAD_TOKEN": NOMAD_TOKEN})

        (finding,) = site.bad()

    assert finding.text.startswith("imagine: the bot may not ")
    assert text in finding.text


def test_a_namespace_that_is_not_there_is_told(site: Site) -> None:
    """With the command that makes it; its rights are not checked, the other namespaces are."""
    config = site.folder / "config.yaml"
    config.write_text("platforms: {ai4life: {vo: vo.ai4life.eu, base_domain: deployments.example.org}}")

    found = site.bad(AI4OS_BOT_CONFIG=str(config))

    assert found[0].text == "ai4life: there is no such namespace."
    assert found[0].mend == "Make it: nomad namespace apply ai4life"
    assert found[1].text == "ai4life: the rights: not checked, because ai4life is not there."


def test_a_nomad_that_takes_no_jobs_is_a_warning(site: Site) -> None:
    """Its operators have switched that off for everybody; the rights are there all the same."""
    text = "Job registration, dispatch, and scale are disabled by the scheduler configuration"
    site.cluster.faults.error(text, status=403, path="^/v1/jobs$", method="POST", times=None)

    found = site.bad()

    assert [finding.verdict for finding in found] == [Verdict.WARNING] * len(NAMESPACES)
    assert all("takes no new jobs from anybody" in finding.text for finding in found)


def test_a_node_that_is_removed_meanwhile_is_left_out(site: Site) -> None:
    """It was in the list and is not there any more, which is no trouble."""
    site.cluster.faults.error("node not found", status=404, path="^/v1/node/")

    found = site.examine()

    assert any("their number is 6" in finding.text for finding in found)


@pytest.mark.parametrize("body", [b"null", b"{}", b"[1, null]", b'"x"', b'{"Members": 1, "ID": 3}'])
@pytest.mark.parametrize("path", ["leader|regions", "acl|namespace", "members", "nodes?$", "node/", "job|var"])
def test_rubbish_from_nomad_is_never_a_surprise(site: Site, body: bytes, path: str) -> None:
    """Whatever comes in the place of an answer is not taken for one, and never leads to an error of our own code."""
    site.cluster.faults.rubbish(body, path=path, times=None)

    found = site.examine()

    assert [finding.text for finding in found if "could not be told (" in finding.text] == []
    assert not [finding.text for finding in found if "NOMAD_TOKEN () is accepted" in finding.text]
    assert ("answer cannot be read" in told(found)) is (path == "acl|namespace")


# The rest.


@pytest.mark.parametrize(
    ("seconds", "transport", "verdict"),
    [
        (0, "socket", Verdict.FINE),
        (40, "http", Verdict.WARNING),
        (-400, "http", Verdict.PROBLEM),
        (400, "socket", Verdict.WARNING),
    ],
)
def test_clocks_are_compared_with_slacks_and_nomads(site: Site, seconds: int, transport: str, verdict: Verdict) -> None:
    """From half a minute on it is a warning; where signatures are checked, five minutes are a problem with Slack's."""
    found = site.examine({"AI4OS_BOT_TRANSPORT": transport}, ahead=timedelta(seconds=seconds))

    slack, nomad = [finding for finding in found if finding.area == "Clock"]
    assert slack.verdict is verdict
    assert nomad.verdict is (Verdict.WARNING if seconds else Verdict.FINE)


def test_a_catalogue_that_cannot_be_read_is_told(site: Site) -> None:
    """With the setting to look at; the bot starts without it, and has nothing but the development environment."""
    problem, *_ = site.bad(AI4OS_BOT_CATALOG="http://127.0.0.1:1/catalogue")

    assert problem.area == "Catalogue"
    assert "cannot be read" in problem.text
    assert "AI4OS_BOT_CATALOG" in problem.mend


def test_no_secret_is_ever_told(site: Site) -> None:
    """Whatever fails, neither standard output nor standard error has a token, a password or a socket's ticket."""
    secrets = {
        "SLACK_BOT_TOKEN": "xoxb-sesame-bot",
        "SLACK_APP_TOKEN": "xapp-sesame-app",
        "NOMAD_TOKEN": "sesame-nomad",
        "DATABASE_URL": "postgresql://bot:sesame%20database@127.0.0.1:1/bot",
        "SLACK_SIGNING_SECRET": "sesame-signing",
        "AI4OS_BOT_LOG_LEVEL": "debug",
    }
    site.cluster.faults.error("you sent sesame-nomad and xoxb-sesame-bot", times=None)

    outcome = site.run("doctor", **secrets)

    assert (outcome.returncode, outcome.stderr) == (2, "")
    assert "you sent [redacted] and [redacted]" in outcome.stdout
    assert "sesame" not in outcome.stdout
    assert "ticket" not in outcome.stdout


@pytest.mark.parametrize(
    "changes",
    [
        {"SLACK_BOT_TOKEN": "sesame"},
        {"NOMAD_ADDR": "http://user:sesame@nomad"},
        {"DATABASE_URL": "mysql://bot:sesame@db/bot", "AI4OS_BOT_CATALOG": "https://bot:sesame@example.org/catalog"},
    ],
)
def test_no_secret_of_wrong_settings_is_told(
    site: Site, changes: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """They are not known as secrets yet, and nevertheless are not in the lines about the settings."""
    with pytest.raises(WrongSettings) as caught:
        app.load(site.environment | changes, dotenv=None)
    status = report(Doctor(checks=checks_without_settings(caught.value), clean=str).examine(), Asked(verb=Verb.DOCTOR))

    assert status == 2
    assert "sesame" not in capsys.readouterr().out


def test_wrong_settings_are_all_told_at_once(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its key and mend, and that nothing else can be checked."""
    wrong = {"AI4OS_BOT_HTTP_PORT": "abc", "NOMAD_ADDR": "nomad", "SLACK_BOT_TOKEN": "xoxp-1", "AI4OS_BOT_X": "1"}

    with pytest.raises(WrongSettings) as caught:
        app.load(site.environment | wrong, dotenv=None)
    status = report(Doctor(checks=checks_without_settings(caught.value), clean=str).examine(), Asked(verb=Verb.DOCTOR))

    lines = capsys.readouterr().out.splitlines()
    assert status == 2
    assert {text.split()[2].rstrip(":") for text in lines if text.startswith("PROBLEM")} == set(wrong)
    assert "unknown  Slack      everything here: not checked, because the settings are wrong." in lines


def test_where_all_is_fine_quiet_says_nothing(site: Site) -> None:
    """As a process of its own, with status 0 and not a word on standard error either; it makes no file."""
    outcome = site.run("doctor", "--quiet")

    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (0, "", "")
    assert list(site.folder.iterdir()) == []


def test_what_nobody_knows_starts_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """The usage is told on standard error, with status 2; no setting is read for it."""
    with pytest.raises(SystemExit) as ended:
        app.command(["docter"])

    out, told = capsys.readouterr()
    assert (ended.value.code, out) == (2, "")
    assert told.startswith("usage: python app.py")
