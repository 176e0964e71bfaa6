"""The section `reminders`: every default as documented, every mistake in one line, and nothing that cannot work."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.calendars import PublicHolidays, is_country, nearest_country
from bot.domain.policy import CADENCES, Cadence, FindingKind, IdlePolicy, Policy, Workload
from bot.errors import SettingsError
from bot.settings import Settings, load
from bot.settings.reminders import KIND_NAMES, ReminderSettings

TOKENS = {"SLACK_BOT_TOKEN": "xoxb-1-made-up", "SLACK_APP_TOKEN": "xapp-1-made-up"}
ROOT = Path(__file__).parents[2]
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)

Read = Callable[[str], Settings]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Give a function that loads settings with this text under `reminders:`."""

    def load_section(text: str) -> Settings:
        path = tmp_path / "config.yaml"
        lines = "".join(f"  {line}\n" for line in text.splitlines())
        path.write_text(f"reminders:\n{lines}", encoding="utf-8")
        return load(TOKENS | {"AI4OS_BOT_CONFIG": str(path)}, dotenv=None)

    return load_section


def refusal(read: Read, text: str) -> str:
    """Return the line with which such a section stops the start."""
    with pytest.raises(SettingsError) as caught:
        read(text)
    return caught.value.sentence()


def test_nothing_need_be_said() -> None:
    """Without the section everything has its default, and nothing is stopped by itself."""
    found = load(TOKENS, dotenv=None).reminders

    assert found == ReminderSettings()
    assert (found.channel, found.country, found.time_zone, found.shared) == ("", "", "UTC", frozenset())
    assert found.stop_automatically == frozenset()
    assert found.policy == Policy()


@pytest.mark.parametrize(
    ("name", "documented"),
    [
        ("gpu_warm_up", 2 * HOUR),
        ("gpu_idle", 24 * HOUR),
        ("gpu_idle_cpu_percent", 5.0),
        ("never_used", 6 * HOUR),
        ("never_used_working", 3 * HOUR),
        ("never_used_memory_mib", 500),
        ("one_gpu_idle", 48 * HOUR),
        ("cpu_warm_up", 24 * HOUR),
        ("cpu_idle", 7 * DAY),
        ("cpu_idle_percent", 2.0),
        ("courtesy_gpus", 2),
        ("courtesy_after", 24 * HOUR),
        ("courtesy_idle", 6 * HOUR),
        ("anomaly_gpus", 3),
        ("anomaly_after", HOUR),
        ("heavy_hours", 672.0),
        ("heavy_shares", 2.0),
        ("heavy_window", 28 * DAY),
        ("long_gpu", 30 * DAY),
        ("long_cpu", 90 * DAY),
        ("long_batch", 14 * DAY),
        ("failed", HOUR),
        ("queued_gpu", 24 * HOUR),
        ("queued_cpu", HOUR),
        ("zombie", 15 * MINUTE),
        ("telemetry_coverage", 0.5),
        ("telemetry", HOUR),
        ("window_factors", {Workload.BATCH: 0.5, Workload.NOTEBOOK: 1.0, Workload.SERVICE: 3.0}),
        (
            "samples",
            IdlePolicy(
                interval=MINUTE,
                min_samples=200,
                min_coverage=0.8,
                max_hole=0.1,
                start_slack=10 * MINUTE,
                max_age=5 * MINUTE,
                resumed_samples=3,
                resumed_within=15 * MINUTE,
            ),
        ),
    ],
)
def test_each_default_is_the_one_of_the_handbook(name: str, documented: object) -> None:
    """A threshold that is not what is written down somewhere surprises everybody."""
    assert getattr(load(TOKENS, dotenv=None).reminders.policy, name) == documented


def test_the_cadences_are_those_of_the_handbook() -> None:
    """A day, three days, a week for what holds a GPU; seldom for what hardly harms; the month's statement once."""
    found = load(TOKENS, dotenv=None).reminders.policy.cadences

    assert {kind: found[kind].repeats for kind in found} == {
        FindingKind.FAILED: (DAY, 3 * DAY),
        FindingKind.GPU_NEVER_USED: (DAY, 3 * DAY, 7 * DAY),
        FindingKind.GPU_IDLE: (DAY, 3 * DAY, 7 * DAY),
        FindingKind.OVER_ETIQUETTE: (7 * DAY,) * 3,
        FindingKind.LONG_RUNNING: (7 * DAY, 30 * DAY, 30 * DAY),
        FindingKind.ONE_GPU_IDLE: (7 * DAY,) * 3,
        FindingKind.QUEUED: (3 * DAY, 7 * DAY),
        FindingKind.CPU_IDLE: (14 * DAY, 30 * DAY),
        FindingKind.GPU_HEAVY: (),
    }


def test_the_example_says_what_is_the_default() -> None:
    """Whoever copies it has changed no threshold by that."""
    section = yaml.safe_load((ROOT / "config.example.yaml").read_text(encoding="utf-8"))["reminders"]

    assert ReminderSettings.model_validate(section).policy == Policy()


def test_every_threshold_can_be_set(read: Read) -> None:
    """Also those within sections; what is not said keeps its default."""
    found = read(
        "channel: C012AB3CD\n"
        "country: es\n"
        "time_zone: Europe/Madrid\n"
        "shared_accounts: [Project@Example.org]\n"
        "stop_automatically: [failed]\n"
        "policy:\n"
        "  gpu_idle: 36h\n"
        "  never_used: 1.5d\n"
        "  heavy_hours: 700\n"
        "  samples: {min_coverage: 0.9, max_age: 300s}\n"
        "  window_factors: {service: 4}\n"
        "  cadences:\n"
        "    gpu_idle: {repeats: [2d, 4d], escalates_after: 3}\n"
    ).reminders

    assert (found.channel, found.country, found.time_zone) == ("C012AB3CD", "ES", "Europe/Madrid")
    assert found.shared == {"project@example.org"}
    assert found.stop_automatically == {FindingKind.FAILED}
    policy = found.policy
    assert (policy.gpu_idle, policy.never_used, policy.heavy_hours) == (36 * HOUR, 36 * HOUR, 700.0)
    assert policy.samples == IdlePolicy(min_coverage=0.9)
    assert policy.window_factors == {Workload.BATCH: 0.5, Workload.NOTEBOOK: 1.0, Workload.SERVICE: 4.0}
    assert policy.cadences[FindingKind.GPU_IDLE] == Cadence(repeats=(2 * DAY, 4 * DAY), escalates_after=3)
    assert policy.cadences[FindingKind.FAILED] == CADENCES[FindingKind.FAILED]
    assert policy.version != Policy().version


def test_every_field_of_the_policy_may_stand_in_the_file(read: Read) -> None:
    """Written out, the defaults are the defaults."""
    tree = Policy().model_dump(mode="json")
    cadences = tree.pop("cadences")
    tree["samples"].pop("window")
    names = {kind.value: name for name, kind in KIND_NAMES.items()}
    whole = yaml.safe_dump({"policy": {**_spans(Policy(), tree), "cadences": {names[kind]: {} for kind in cadences}}})

    assert read(whole).reminders.policy == Policy()


def _spans(model: Policy | IdlePolicy, tree: dict[str, Any]) -> dict[str, Any]:
    """Return a tree with lengths of time as people write them."""
    written: dict[str, Any] = {}
    for name, value in tree.items():
        field = getattr(model, name)
        if isinstance(field, timedelta):
            written[name] = f"{field.total_seconds():.0f}s"
        else:
            written[name] = _spans(field, value) if isinstance(field, IdlePolicy) else value
    return written


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("chanel: C1", "reminders.chanel in config.yaml: there is no such key. Did you mean channel?"),
        (
            "policy: {gpu_idel: 1h}",
            "reminders.policy.gpu_idel in config.yaml: there is no such key. Did you mean gpu_idle?",
        ),
        (
            "policy: {cadences: {gpu_idel: {}}}",
            "reminders.policy.cadences.gpu_idel in config.yaml: there is no such key. Did you mean gpu_idle?",
        ),
        (
            "policy: {samples: {min_sample: 9}}",
            "reminders.policy.samples.min_sample in config.yaml: there is no such key. Did you mean min_samples?",
        ),
        ("country: XX", "reminders.country in config.yaml: the holidays of 'XX' are not known."),
        ("country: Spain", "reminders.country in config.yaml: the holidays of 'Spain' are not known. Did you mean ES?"),
        (
            "time_zone: Europe/Madird",
            "reminders.time_zone in config.yaml: 'Europe/Madird' is not a time zone. Give one such as Europe/Madrid",
        ),
        ("channel: '#admins'", "reminders.channel in config.yaml: '#admins' is not the id of a Slack channel."),
        ("stop_automatically: [gpu_idel]", "reminders.stop_automatically in config.yaml: 'gpu_idel' is no kind"),
        ("policy: {gpu_idle: soon}", "reminders.policy.gpu_idle in config.yaml: 'soon' is not a threshold."),
        ("policy: {gpu_idle: 1h}", "gpu_idle for batch work is 30m, in which there are 30 readings at most"),
        ("policy: {samples: {min_samples: 400}}", "never_used is 6h, in which there are 360 readings at most"),
        ("policy: {samples: {max_hole: 0.001}}", "is 12h, of which samples.max_hole leaves less than"),
        ("policy: {samples: {interval: 20m}}", "in which there are"),
        ("policy: {samples: {min_coverage: 1.5}}", "samples.min_coverage is 1.5. Give a share above 0"),
        ("policy: {samples: {resumed_samples: 0}}", "count readings. Give 1 or more."),
        ("policy: {samples: {resumed_within: 2m}}", "samples.resumed_within is too short"),
        ("policy: {samples: {max_age: 2m}}", "samples.max_age is shorter than cpu_interval"),
        ("policy: {cpu_interval: 10s}", "cpu_interval is shorter than samples.interval"),
        ("policy: {window_factors: {batch: 0}}", "window_factors.batch is 0. Give a number above 0"),
        ("policy: {failed: 0h}", "failed is 0s. Give a length of time up to 365 days"),
        ("policy: {long_cpu: 999d}", "long_cpu is 999d. Give a length of time up to 365 days"),
        ("policy: {cadences: {failed: {repeats: [0d]}}}", "cadences.failed.repeats is 0s."),
        ("policy: {courtesy_gpus: 3}", "courtesy_gpus must be at least 1, and less than anomaly_gpus."),
        ("policy: {cpu_idle_percent: 0}", "cpu_idle_percent is 0. Give a percentage above 0"),
        ("policy: {telemetry: 1m}", "telemetry is shorter than two readings are apart."),
        ("policy: {heavy_window: 90d}", "heavy_window is longer than 60 days"),
    ],
)
def test_what_cannot_be_is_refused_in_plain_words(read: Read, text: str, line: str) -> None:
    """The start ends with one line that says which key, what is wrong with it, and what to write."""
    assert line in refusal(read, text)


@pytest.mark.parametrize(
    ("text", "span"), [("90s", 90), ("30m", 1800), ("24h", 86400), ("7d", 604800), (" 1.5 h ", 5400), ("3600", 3600)]
)
def test_lengths_of_time_are_written_as_people_write_them(read: Read, text: str, span: int) -> None:
    """A number with its unit; a bare number is seconds."""
    assert read(f"policy: {{failed: {text}}}").reminders.policy.failed == timedelta(seconds=span)


def test_the_environment_is_stronger_than_the_file(tmp_path: Path) -> None:
    """What differs from machine to machine may stand there."""
    path = tmp_path / "config.yaml"
    path.write_text("reminders: {channel: C1, country: DE, policy: {failed: 2h}}", encoding="utf-8")
    environ = {"AI4OS_BOT_REMINDERS_CHANNEL": "C2", "AI4OS_BOT_REMINDERS_COUNTRY": "ES"}

    found = load(TOKENS | environ | {"AI4OS_BOT_CONFIG": str(path)}, dotenv=None).reminders

    assert (found.channel, found.country, found.policy.failed) == ("C2", "ES", 2 * HOUR)


def test_a_wrong_variable_is_called_by_its_name() -> None:
    """Whoever set it looks for that name."""
    with pytest.raises(SettingsError) as caught:
        load(TOKENS | {"AI4OS_BOT_REMINDERS_TIME_ZONE": "Mars"}, dotenv=None)

    assert caught.value.sentence().startswith("AI4OS_BOT_REMINDERS_TIME_ZONE: 'Mars' is not a time zone.")


def test_holidays_are_those_of_the_country() -> None:
    """Without a country every day is a working day."""
    spain, nowhere = PublicHolidays("ES"), PublicHolidays()
    christmas = date(2026, 12, 25)

    assert (spain.is_holiday(christmas), nowhere.is_holiday(christmas)) == (True, False)


def test_countries_are_known_by_their_codes() -> None:
    """For a name, a longer code or a slip the code that was meant is offered."""
    assert (is_country("ES"), is_country("XX")) == (True, False)
    assert [nearest_country(text) for text in ("Spain", "esp", "Germny", "12345")] == ["ES", "ES", "DE", ""]
