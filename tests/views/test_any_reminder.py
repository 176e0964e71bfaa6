"""Whatever is found, answered and named, Slack takes every reminder and every window about it."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.base import DeploymentId, Namespace, SlackUserId
from bot.domain.episodes import Episode, EpisodeId
from bot.domain.facts import Facts, OwnReminders
from bot.domain.findings import Evidence, Judgement, Verdict
from bot.domain.letters import Letter, Line, Settled, Settling, UseOverTime, Waiting
from bot.domain.notices import NoticeId
from bot.domain.policy import FOR_ADMINISTRATORS, FindingKind, Policy
from bot.domain.reminders import Exemption, Keep
from handlers.ids import read_episode
from handlers.views import evidence, keep, own_reminders, reminder
from tests.views import strategies as some
from tests.views.checking import sent_message, sent_view
from tests.views.letters import running

KINDS = st.sampled_from([kind for kind in FindingKind if kind not in FOR_ADMINISTRATORS])
ZONES = st.sampled_from(["UTC", "Europe/Madrid", "Asia/Kathmandu", "Pacific/Chatham", "Mars/Olympus"]) | some.SHORT
SPANS = st.integers(0, 400 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
EVIDENCE = st.builds(
    lambda start, span, **numbers: Evidence(window_start=start, window_end=start + span, **numbers),
    some.TIMES,
    SPANS,
    present=some.COUNTS,
    expected=some.COUNTS,
    memory_mib=st.none() | some.COUNTS,
    idle_gpus=some.COUNTS,
    gpus=st.integers(0, 12),
    gpu_hours=st.none() | st.floats(0, 1e6),
    share=st.none() | st.floats(0, 1),
)
EPISODES = st.builds(
    Episode,
    id=some.NAMES.map(EpisodeId),
    kind=KINDS,
    deployment=some.NAMES.map(DeploymentId),
    namespace=some.NAMES.map(Namespace),
    instance=some.NAMES,
    version=some.COUNTS,
    number=some.COUNTS,
    owner_email=some.SHORT,
    title=some.WILD,
    since=st.none() | some.TIMES,
    opened_at=some.TIMES,
    last_true_at=some.TIMES,
    is_mild=st.booleans(),
    evidence=st.none() | EVIDENCE,
    policy=some.SHORT,
)
SETTLED = st.builds(Settled, how=st.sampled_from(Settling), at=some.TIMES, by=some.SHORT, until=st.none() | some.TIMES)
LINES = st.builds(
    Line,
    episode=EPISODES,
    step=st.integers(0, 9),
    next_at=st.none() | some.TIMES,
    waiting=st.none() | st.builds(Waiting, people=some.COUNTS, longest=SPANS),
    keeps_in_a_row=st.integers(0, 9),
    settled=st.none() | SETTLED,
)
LETTERS = st.builds(
    Letter,
    notice=some.NAMES.map(NoticeId),
    slack_user=st.just(SlackUserId("U1")),
    time_zone=ZONES,
    lines=st.lists(LINES, min_size=1, max_size=30).map(tuple),
    is_first=st.booleans(),
    file=st.sampled_from(["", "F0000001AB"]),
)
KEEPS = st.builds(
    Keep,
    deployment=some.NAMES.map(DeploymentId),
    instance=some.NAMES,
    kind=st.none() | KINDS,
    by=some.SHORT,
    reason=some.WILD,
    since=some.TIMES,
    until=some.TIMES,
)
EXEMPTIONS = st.builds(Exemption, by=some.SHORT, reason=some.WILD, since=some.TIMES, until=some.TIMES)
OWN = st.builds(
    OwnReminders,
    lines=st.lists(LINES, max_size=30).map(tuple),
    keeps=st.lists(KEEPS, max_size=30).map(tuple),
    titles=st.dictionaries(some.NAMES, some.WILD, max_size=3),
    hour=st.sampled_from(["09:30", "16:30", "03:00", ""]),
    paused_until=st.none() | some.TIMES,
    is_live=st.booleans(),
    time_zone=ZONES,
)
JUDGEMENTS = st.builds(
    Judgement,
    kind=st.sampled_from(FindingKind),
    deployment=some.NAMES.map(DeploymentId),
    instance=some.NAMES,
    verdict=st.sampled_from(Verdict),
    since=st.none() | some.TIMES,
    reason=some.WILD,
    evidence=st.none() | EVIDENCE,
)
USES = st.builds(
    UseOverTime,
    deployment=some.NAMES.map(DeploymentId),
    title=some.WILD,
    start=some.TIMES,
    step=st.just(timedelta(hours=1)),
    values=st.lists(st.none() | st.floats(0, 100), max_size=400).map(tuple),
)
FACTS = st.builds(
    Facts,
    watched=st.builds(
        lambda title, model, gpus: running(title=title, gpu_model=model, gpus=gpus),
        some.WILD,
        some.WILD,
        st.integers(0, 9),
    ),
    judgements=st.lists(JUDGEMENTS, max_size=14).map(tuple),
    episodes=st.lists(EPISODES, max_size=5).map(tuple),
    told=st.integers(0, 9),
    next_at=st.none() | some.TIMES,
    keeps=st.lists(KEEPS, max_size=9).map(tuple),
    exemptions=st.lists(EXEMPTIONS, max_size=9).map(tuple),
    use=st.none() | USES,
    newest_reading_at=st.none() | some.TIMES,
    policy=some.SHORT,
    thresholds=st.none() | st.just(Policy()),
    at=some.TIMES,
)


@given(LETTERS)
def test_any_letter_is_taken(letter: Letter) -> None:
    """Any findings give a message within the limits, with as many rows of buttons as there are open ones."""
    shown = sent_message(reminder.render(letter))
    rows = [block for block in shown["blocks"] if block["type"] == "actions"]

    assert len(rows) == sum(line.settled is None for line in letter.lines[: reminder.SHOWN])


@given(OWN)
def test_any_reminders_of_ones_own_are_taken(own: OwnReminders) -> None:
    """However much is open and kept, there is a window."""
    assert sent_view(own_reminders.render(own))


@given(FACTS, ZONES)
def test_any_facts_are_taken(facts: Facts, zone: str) -> None:
    """Whatever was measured and judged, there is a window."""
    assert sent_view(evidence.render(facts, zone))


@given(EPISODES, SETTLED, ZONES)
def test_any_finding_can_be_kept(episode: Episode, settled: Settled, zone: str) -> None:
    """The question and its outcome fit, and every button's value is read back."""
    view = sent_view(keep.render(episode))
    ref = read_episode(view["private_metadata"])

    assert ref is not None
    assert ref.episode == episode.id
    assert sent_view(keep.done_view(settled, zone))
