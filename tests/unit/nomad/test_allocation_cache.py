"""Check what is remembered of allocations, and when they are read anew."""

from bot.nomad.allocation_cache import AllocationCache
from bot.nomad.allocations import read_allocation
from tests.unit.nomad.samples import allocation_stub


def test_same_allocation_is_read_once() -> None:
    """As long as Nomad says that nothing changed, the same value is returned."""
    cache = AllocationCache()

    first, second = cache.read(allocation_stub()), cache.read(allocation_stub())

    assert first is second
    assert first == read_allocation(allocation_stub())


def test_changed_allocation_is_read_anew() -> None:
    """A change that Nomad counts shows at once."""
    cache = AllocationCache()
    cache.read(allocation_stub())

    found = cache.read(allocation_stub(ClientStatus="failed", ModifyIndex=25))

    assert found is not None
    assert found.client == "failed"


def test_light_allocation_does_not_stand_for_a_whole_one() -> None:
    """What was not asked for the first time is there the next time."""
    cache = AllocationCache()
    cache.read(allocation_stub(TaskStates=None, AllocatedResources=None))
    cache.read(allocation_stub(), all_events=False)

    found = cache.read(allocation_stub())

    assert found == read_allocation(allocation_stub())


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
