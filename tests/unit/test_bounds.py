"""Nothing grows without bound: what is kept, waits or runs has a limit, and docs/bounds.md names it."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event

from slack_sdk import WebClient

from bot.domain.base import DraftId, PlatformKey, SlackUserId
from bot.domain.membership import Membership
from bot.domain.records import Draft
from bot.domain.search import _text_of
from bot.nomad.specification import Specification
from bot.nomad.specification_cache import SpecificationCache
from bot.prober import _MOST_ANSWERS, _MOST_QUESTIONS, HttpProber
from bot.services.drafts import MOST_DRAFTS, Drafts
from handlers.deploy_form import _MOST_LEFT, DeployForm
from handlers.directory import PlatformMembers, SlackDirectory
from handlers.replays import MOST as MOST_SIGNATURES
from handlers.replays import Replays
from handlers.socket_line import Receivers
from playground.slack import Workspace
from tests.fakes.ledger import MemoryLedger
from tests.unit.domain.values import draft
from tests.unit.services.house import ADA, House

ROOT = Path(__file__).parents[2]
GROWS = re.compile(
    r"OrderedDict\[|default_factory=(?:dict|set|list|OrderedDict)\b|ThreadPoolExecutor\(|\bThread\(|\blru_cache\b"
    r"|@cache\b|Queue\(|\bdeque\(|self\._\w+(?:: [^=\n]+)? = (?:\{\}|\[\]|set\(\)|Counter\(\))$",
    re.MULTILINE,
)
"""What a pool, queue, cache or long-lived collection looks like in our code."""


@contextmanager
def all_busy(pool: ThreadPoolExecutor, threads: int) -> Iterator[None]:
    """Keep the threads of a pool busy."""
    release = Event()
    for _ in range(threads):
        pool.submit(release.wait)
    try:
        yield
    finally:
        release.set()


def named_draft(name: str) -> Draft:
    """Return a draft with this id."""
    return draft().model_copy(update={"id": DraftId(name)})


def test_whatever_may_grow_is_in_the_list_of_bounds() -> None:
    """Every file with a pool, a queue, a cache, a thread or a long-lived collection is named in docs/bounds.md."""
    listed = (ROOT / "docs" / "bounds.md").read_text(encoding="utf-8")
    packages = (path for name in ("bot", "handlers", "jobs") for path in (ROOT / name).rglob("*.py"))
    files = [ROOT / "app.py", ROOT / "doctor.py", *packages]

    growing = [str(path.relative_to(ROOT)) for path in files if GROWS.search(path.read_text(encoding="utf-8"))]

    assert sorted(name for name in growing if f"`{name}`" not in listed) == []


def test_every_test_that_the_list_of_bounds_names_is_there() -> None:
    """Each limit says where it is proved, and that file has a test of that name."""
    listed = re.findall(r"`(tests/[\w/]+\.py)`: `(test_\w+)`", (ROOT / "docs" / "bounds.md").read_text("utf-8"))

    missing = [(path, name) for path, name in listed if f"def {name}(" not in (ROOT / path).read_text("utf-8")]

    assert listed
    assert missing == []


def test_addresses_that_wait_to_be_asked_are_limited() -> None:
    """While nobody answers no more than so many questions wait; the others are asked in a later round."""
    pool = ThreadPoolExecutor(1)
    prober = HttpProber(pool=pool)
    with all_busy(pool, 1):
        for number in range(_MOST_QUESTIONS + 50):
            prober.recent(f"nowhere:{number}")
        waiting = len(prober._asking)
    pool.shutdown(wait=True)

    assert waiting == _MOST_QUESTIONS
    assert len(prober._asking) == 0


def test_answers_of_addresses_are_forgotten_oldest_first() -> None:
    """Only the newest answers are remembered."""
    prober = HttpProber()
    for number in range(_MOST_ANSWERS + 5):
        prober._ask(f"nowhere:{number}")
    prober.close()

    assert len(prober._answers) == _MOST_ANSWERS
    assert "nowhere:4" not in prober._answers
    assert f"nowhere:{_MOST_ANSWERS + 4}" in prober._answers


def test_specifications_are_forgotten_oldest_first() -> None:
    """The job that was read longest ago goes."""
    cache = SpecificationCache(most=2)
    jobs = [{"Namespace": "ai4eosc", "ID": identity, "JobModifyIndex": 1} for identity in ("a", "b", "c")]
    for job in jobs:
        cache.keep(job, Specification())

    assert [cache.find(job) is not None for job in jobs] == [False, True, True]


def test_texts_of_modules_for_the_search_are_limited() -> None:
    """More modules than that are searched all the same, only not from memory."""
    assert _text_of.cache_info().maxsize == 2000


def test_people_are_forgotten_oldest_first() -> None:
    """The directory remembers so many people; asking for a known one pushes nobody out."""
    with Workspace() as workspace:
        people = [workspace.add_user(name, email=f"{name}@example.org") for name in ("ada", "bob", "eve")]
        everyone = Membership(everyone=True)
        directory = SlackDirectory(
            client=WebClient(token=workspace.bot_token, base_url=workspace.api_url),
            team=lambda: workspace.team_id,
            memberships=(
                PlatformMembers(platform=PlatformKey("ai4eosc"), members=everyone, administrators=Membership()),
            ),
            subjects={},
            subject_of=lambda _email: "",
            clock=workspace.clock.now,
            most=2,
        )
        ada, bob, eve = (SlackUserId(person.id) for person in people)
        for each in (ada, bob, eve):
            directory.person(each)
        workspace.clock.advance(timedelta(minutes=10))
        directory.person(bob)

        assert set(directory._people) == {bob, eve}


def test_drafts_in_memory_give_way_when_they_are_written() -> None:
    """What the database has goes first; what it does not have yet stays."""
    ledger = MemoryLedger()
    drafts = Drafts(ledger=ledger, quick=ledger, most=2)
    first, second, third = (named_draft(name) for name in ("first", "second", "third"))
    for each in (first, second):
        drafts.put(each)
    drafts.write(second.id)

    drafts.put(third)

    assert set(drafts._kept) == {first.id, third.id}
    assert drafts.get(second.id) == second  # read again


def test_drafts_that_cannot_be_written_are_limited_too() -> None:
    """A database that is away for long must not fill the memory: the oldest form is too old then."""
    ledger = MemoryLedger()
    drafts = Drafts(ledger=ledger, quick=ledger, most=2)

    for name in ("first", "second", "third"):
        drafts.put(named_draft(name))

    assert set(drafts._kept) == set(drafts._unwritten) == {"second", "third"}
    assert drafts.get(DraftId("first")) is None


def test_what_was_found_out_for_open_forms_is_limited() -> None:
    """The GPUs that somebody held when a form was opened are forgotten with the oldest form."""
    forms = House().forms
    for number in range(MOST_DRAFTS + 5):
        forms._note(forms._held, DraftId(str(number)), ())

    assert len(forms._held) == MOST_DRAFTS
    assert "4" not in forms._held


def test_forms_that_gave_their_window_away_are_limited() -> None:
    """Only the newest are remembered: what would still come in for an older one has come long ago."""
    house = House()
    form = DeployForm(
        forms=house.forms,
        deploying=house.deploying,
        submitting=None,  # type: ignore[arg-type]  # nothing is submitted here
        catalog=house.catalog,
        ledger=house.ledger,
        quick=house.ledger,
        pocket=None,  # type: ignore[arg-type]  # nothing secret is typed here
    )
    for number in range(_MOST_LEFT + 5):
        form.leave(DraftId(str(number)))

    assert len(form._left) == _MOST_LEFT
    assert "4" not in form._left


def test_what_following_remembers_ends_with_the_deployment() -> None:
    """Failures to tell, and lists that lack a deployment, are counted for what is followed and nothing else."""
    house = House()
    outcome = house.deploy(ADA)
    house.notifier.is_down = True
    house.following.round()
    house.pass_time(timedelta(minutes=20))
    remembered = set(house.following._pauses)
    house.notifier.is_down = False
    house.cluster.forget(outcome.submission.deployment)
    for _ in range(3):
        house.following.round()
        house.pass_time(timedelta(minutes=20))

    assert remembered == {outcome.submission.deployment}
    assert [*house.following._pauses, *house.following._missing, *house.following._untold] == []


def test_signatures_that_were_taken_are_limited() -> None:
    """A flood of requests, each signed, fills no memory; the oldest signatures give way."""
    replays = Replays(valid_for=300)
    for number in range(MOST_SIGNATURES + 5):
        replays.is_first(f"v0={number}", now=0)

    assert len(replays._taken) == MOST_SIGNATURES
    assert not replays.is_first(f"v0={MOST_SIGNATURES + 4}", now=1)


def test_envelopes_that_wait_are_limited() -> None:
    """What there is no room for is dropped; when the others are done there is room for as many again."""
    receivers = Receivers(threads=1, waiting=1)
    with all_busy(receivers, 2):
        dropped = receivers.submit(lambda: "too much")
    receivers.shutdown(wait=True)

    assert dropped.cancelled()
    assert receivers._places._value == 2
