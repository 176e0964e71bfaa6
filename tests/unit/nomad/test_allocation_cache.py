"""Check what is remembered of allocations, and when they are read anew."""

from bot.nomad.allocation_cache import AllocationCache
from bot.nomad.allocations import read_allocation
from tests.unit.nomad.samples import allocation_stub


def test_same_allocation_is_read_once() -> None:
    """As long as Nomad says that nothing changed, the same value is returned."""
    cache = AllocationCache()

    first, second = cache.read(allocation_stub()), cache.read(allocation_stub())

    assert first is second is cache.find(allocation_stub(TaskStates=None), with_tasks=True)
    assert first == read_allocation(allocation_stub(), all_events=False)


def test_changed_allocation_is_read_anew() -> None:
    """A change that Nomad counts shows at once."""
    cache = AllocationCache()
    cache.read(allocation_stub())

    found = cache.read(allocation_stub(ClientStatus="failed", ModifyIndex=25))

    assert found is not None
    assert found.client == "failed"


def test_lower_index_is_news_too() -> None:
    """After Nomad was restored from a snapshot, what was read later than that counts no more."""
    cache = AllocationCache()
    cache.read(allocation_stub(ModifyIndex=25))

    assert cache.find(allocation_stub(ModifyIndex=24), with_tasks=False) is None


def test_allocation_without_tasks_does_not_stand_for_one_with_them() -> None:
    """What was not asked for the first time is there the next time."""
    cache = AllocationCache()
    light = cache.read(allocation_stub(TaskStates=None))

    assert cache.find(allocation_stub(), with_tasks=False) is light
    assert cache.find(allocation_stub(), with_tasks=True) is None
    assert cache.read(allocation_stub()) == read_allocation(allocation_stub(), all_events=False)


def test_allocation_without_id_is_none() -> None:
    """What has no id is no allocation, however often it is read."""
    cache = AllocationCache()

    assert [cache.read({}), cache.read({})] == [None, None]


def test_oldest_go_first() -> None:
    """No more are kept than may be, and those go that were not asked for longest."""
    cache = AllocationCache(most=2)
    kept = cache.read(allocation_stub(ID="a"))
    gone = cache.read(allocation_stub(ID="b"))
    cache.read(allocation_stub(ID="a"))

    cache.read(allocation_stub(ID="c"))

    assert cache.read(allocation_stub(ID="a")) is kept
    assert cache.read(allocation_stub(ID="b")) is not gone


def test_what_no_listing_asks_for_any_more_is_forgotten() -> None:
    """An allocation that Nomad has forgotten is in no listing; after some of those it is forgotten here, too."""
    cache = AllocationCache(unasked=2)
    for identity in ("gone", "there"):
        cache.read(allocation_stub(ID=identity))

    for _ in range(3):
        cache.begin_listing()
        cache.read(allocation_stub(ID="there"))

    assert list(cache._kept) == ["there"]
