"""The copy of the catalogue and the known tags, in memory, on SQLite and on a real PostgreSQL."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select, update

from bot.catalog.stored_copy import CopyStore
from bot.domain.catalog import CatalogSnapshot, KnownTags
from bot.errors import Unavailable
from bot.store import schema
from bot.store.copies import MAX_IMAGES, SqlCopies
from bot.store.ledger import SqlLedger
from bot.store.tables import CatalogCopyRow, ImageTagsRow
from tests.fakes.catalog import BROKEN, DEMO_APP, OWL_CALLER
from tests.fakes.copies import MemoryCopies
from tests.unit.store.records import DAY, MINUTE, NOON

pytest_plugins = ("tests.databases",)

HERE, ELSEWHERE = "https://github.com/ai4os-hub/modules-catalog", "/srv/catalogue"
REGISTRY = "https://hub.docker.com"
SNAPSHOT = CatalogSnapshot(modules=(DEMO_APP, OWL_CALLER), broken=(BROKEN,), read_at=NOON)
AS_KEPT = SNAPSHOT.model_copy(update={"certain": False})


def tags(image: str = "ai4oshub/demo-app", *names: str, fixed_tag: str = "", age: timedelta = 0 * DAY) -> KnownTags:
    """Return what a registry said some time before noon."""
    return KnownTags(
        image=image, fixed_tag=fixed_tag, tags=names or ("latest", "gpu"), is_complete=True, read_at=NOON - age
    )


@pytest.fixture(params=["", "sqlite_engine", "postgres_engine"], ids=["memory", "sqlite", "postgresql"])
def copies(request: pytest.FixtureRequest) -> CopyStore:
    """Give an empty store, of each kind in turn."""
    return SqlCopies(request.getfixturevalue(request.param)) if request.param else MemoryCopies()


@pytest.fixture
def older_engine(engine: Engine) -> Iterator[Engine]:
    """Give a database that has the ledger's tables and not yet these."""
    schema.downgrade(engine, "0001")
    yield engine
    schema.upgrade(engine)


def count(engine: Engine, row: type[CatalogCopyRow | ImageTagsRow]) -> int:
    """Return how many rows a table has."""
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(row)) or 0


def test_a_copy_comes_back_whole_and_uncertain(copies: CopyStore) -> None:
    """Everything that was read serves again, but nobody vouches for it."""
    copies.save(HERE, SNAPSHOT)

    assert copies.load(HERE) == AS_KEPT


def test_each_source_has_its_own_copy(copies: CopyStore) -> None:
    """Whoever changes the setting does not get the old catalogue's modules."""
    copies.save(HERE, SNAPSHOT)

    assert copies.load(ELSEWHERE) is None


def test_a_later_copy_takes_the_place_of_the_one_before(copies: CopyStore) -> None:
    """There is one copy of a source, the newest."""
    later = CatalogSnapshot(modules=(OWL_CALLER,), read_at=NOON + DAY)
    copies.save(HERE, SNAPSHOT)

    copies.save(HERE, later)

    assert copies.load(HERE) == later.model_copy(update={"certain": False})


def test_an_unchanged_copy_becomes_younger(copies: CopyStore) -> None:
    """What was found as it was is not written again, and is as old as the last look at it."""
    copies.save(HERE, SNAPSHOT)

    confirmed = (copies.confirm(HERE, read_at=NOON + DAY), copies.confirm(ELSEWHERE, read_at=NOON + DAY))

    assert confirmed == (True, False)
    assert copies.load(HERE) == AS_KEPT.model_copy(update={"read_at": NOON + DAY})
    assert copies.load(ELSEWHERE) is None


def test_what_was_never_read_is_no_copy(copies: CopyStore) -> None:
    """A start without a reading leaves nothing behind."""
    copies.save(HERE, CatalogSnapshot(modules=(DEMO_APP,)))

    assert copies.load(HERE) is None


def test_tags_come_back_the_newest_last(copies: CopyStore) -> None:
    """What each registry said about an image, or about one tag of it, is known again."""
    old, new = tags("lab/frames", "1.0", fixed_tag="1.0", age=DAY), tags("lab/frames")
    copies.save_tags(REGISTRY, [new, old])
    copies.save_tags("http://127.0.0.1:5000", [tags("lab/other")])

    assert copies.load_tags(REGISTRY) == (old, new)


def test_a_later_answer_takes_the_place_of_the_one_before(copies: CopyStore) -> None:
    """Tags that are gone are not offered from the database for ever, and no tags are an answer, too."""
    copies.save_tags(REGISTRY, [tags(age=DAY)])
    gone = KnownTags(image="ai4oshub/demo-app", tags=(), is_complete=True, read_at=NOON)

    copies.save_tags(REGISTRY, [gone])

    assert copies.load_tags(REGISTRY) == (gone,)


def test_no_more_than_five_hundred_images_are_kept(engine: Engine) -> None:
    """Those that were asked for longest ago go first, whatever registry they are from."""
    copies = SqlCopies(engine)
    copies.save_tags("http://127.0.0.1:5000", [tags("lab/oldest", age=2 * DAY)])
    copies.save_tags(REGISTRY, [tags(f"lab/image-{number}", age=number * MINUTE) for number in range(MAX_IMAGES + 5)])

    kept = {answer.image for answer in copies.load_tags(REGISTRY)}

    assert count(engine, ImageTagsRow) == MAX_IMAGES == 500
    assert kept == {f"lab/image-{number}" for number in range(MAX_IMAGES)}


def test_pruning_deletes_old_tags_and_copies_out_of_use(engine: Engine) -> None:
    """The copy read last stays however old it is: it may be all there is after a long outage."""
    copies = SqlCopies(engine)
    copies.save(ELSEWHERE, SNAPSHOT)
    copies.save(HERE, SNAPSHOT.model_copy(update={"read_at": NOON + MINUTE}))
    copies.save_tags(REGISTRY, [tags("lab/old", age=DAY), tags("lab/new")])

    pruned = SqlLedger(engine).prune(before=NOON)
    pruned_later = SqlLedger(engine).prune(before=NOON + 365 * DAY)

    assert (pruned, pruned_later) == (1, 2)
    assert copies.load(HERE) is not None
    assert copies.load(ELSEWHERE) is None
    assert copies.load_tags(REGISTRY) == ()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"modules": 5}', '{"modules": [], "flavour": "x"}', "\x00"])
def test_a_copy_that_cannot_be_read_is_as_good_as_none(engine: Engine, content: str) -> None:
    """What other code or somebody else wrote is left alone until the next good reading replaces it."""
    copies = SqlCopies(engine)
    copies.save(HERE, SNAPSHOT)
    with engine.begin() as connection:
        connection.execute(update(CatalogCopyRow).values(content=content))

    assert copies.load(HERE) is None
    copies.save(HERE, SNAPSHOT)
    assert copies.load(HERE) == AS_KEPT


def test_a_store_that_fails_says_so(older_engine: Engine) -> None:
    """Every failure is the one error that callers know."""
    copies = SqlCopies(older_engine)

    with pytest.raises(Unavailable):
        copies.load(HERE)
    with pytest.raises(Unavailable):
        copies.save(HERE, SNAPSHOT)
    with pytest.raises(Unavailable):
        copies.confirm(HERE, read_at=NOON)
    with pytest.raises(Unavailable):
        copies.load_tags(REGISTRY)
    with pytest.raises(Unavailable):
        copies.save_tags(REGISTRY, [tags()])
