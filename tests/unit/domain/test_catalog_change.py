"""What a new reading of the catalogue has changed."""

from bot.domain.base import ModuleName
from bot.domain.catalog import BrokenItem, CatalogSnapshot
from bot.domain.catalog_change import CatalogChange, compare
from tests.fakes.catalog import BROKEN, CLOUD_TRAINER, DEMO_APP, OWL_CALLER

BEFORE = CatalogSnapshot(
    modules=(DEMO_APP, CLOUD_TRAINER), broken=(BROKEN, BrokenItem(name=OWL_CALLER.name, reason="is empty"))
)


def test_the_same_catalogue_has_not_changed() -> None:
    """Nothing is made up."""
    assert compare(BEFORE, BEFORE) == CatalogChange(modules=2, broken=2)


def test_new_gone_and_changed_are_told_apart() -> None:
    """By name; what is different in a module is a change of it."""
    changed = DEMO_APP.model_copy(update={"summary": "Does more now."})
    new = DEMO_APP.model_copy(update={"name": ModuleName("brand-new")})

    change = compare(BEFORE, BEFORE.model_copy(update={"modules": (changed, new)}))

    assert (change.new, change.gone, change.changed) == (("brand-new",), ("cloud-trainer",), ("demo-app",))


def test_what_breaks_is_not_gone_and_what_is_mended_is_not_new() -> None:
    """It was and is in the catalogue."""
    torn = BrokenItem(name=DEMO_APP.name, reason="is not valid YAML")
    after = CatalogSnapshot(modules=(CLOUD_TRAINER, OWL_CALLER), broken=(BROKEN, torn))

    change = compare(BEFORE, after)

    assert (change.new, change.gone) == ((), ())
    assert (change.newly_broken, change.mended) == ((torn,), ("owl-caller",))


def test_a_broken_item_that_is_taken_out_is_gone() -> None:
    """Also what could never be deployed can leave the list."""
    assert compare(BEFORE, BEFORE.model_copy(update={"broken": ()})).gone == ("torn-page", "owl-caller")
