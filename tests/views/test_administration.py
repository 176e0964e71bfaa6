"""What administrators see of the catalogue and of a refresh."""

from datetime import timedelta

import pytest

from bot.domain.base import ModuleName
from bot.domain.catalog import BrokenItem, CatalogSnapshot
from bot.domain.catalog_change import CatalogChange
from bot.errors import CatalogUnavailable
from handlers.ids import Action
from handlers.views import administration
from tests.conftest import Golden
from tests.unit.domain.values import NOW
from tests.views.checking import elements, sent_message, sent_view, texts
from tests.views.examples import MODULES, REFERENCE, YOLO

SOURCE = "https://github.com/ai4os-hub/modules-catalog"
BROKEN = BrokenItem(name=ModuleName("torn-page"), reason="is not valid YAML: line 4, column 12")
FINE = CatalogSnapshot(modules=MODULES, read_at=NOW - timedelta(hours=2))
POOR = FINE.model_copy(
    update={
        "modules": (YOLO.model_copy(update={"flaws": ("dates.updated is missing", "libraries has “Pytorch”")}),),
        "broken": (BROKEN, BrokenItem(name=ModuleName("empty"), reason="is empty")),
        "certain": False,
        "failure": "The module catalogue cannot be read: no answer from github.com.",
        "failed_at": NOW - timedelta(minutes=5),
        "failures": 3,
    }
)
LONG = FINE.model_copy(
    update={"broken": tuple(BROKEN.model_copy(update={"name": ModuleName(f"torn-{n}")}) for n in range(20))}
)
CHANGE = CatalogChange(
    modules=46,
    broken=2,
    new=(ModuleName("owl-caller"),),
    gone=(ModuleName("old-thing"),),
    changed=(ModuleName("demo-app"),),
    newly_broken=(BROKEN,),
    mended=(ModuleName("empty"),),
)


@pytest.mark.parametrize(
    ("name", "snapshot", "page"),
    [("fine", FINE, 0), ("poor", POOR, 0), ("long", LONG, 1), ("unread", CatalogSnapshot(), 0)],
)
def test_catalogue_looks_as_it_should(golden: Golden, name: str, snapshot: CatalogSnapshot, page: int) -> None:
    """Age, source, what is broken and why, and the last failure."""
    golden.check(
        f"views/admin_catalogue_{name}",
        sent_view(administration.catalogue(snapshot, source=SOURCE, now=NOW, page=page)),
    )


def test_refreshes_look_as_they_should(golden: Golden) -> None:
    """Under way, done, and failed; what was there stays in sight."""
    failed = CatalogUnavailable("The module catalogue cannot be read.", hint="The copy from before serves.")
    views = [
        administration.refreshing(FINE, source=SOURCE, now=NOW),
        administration.refreshed(FINE, CHANGE, source=SOURCE, now=NOW),
        administration.not_refreshed(POOR, failed, REFERENCE, source=SOURCE, now=NOW),
    ]
    messages = [administration.started(""), administration.started("demo-app"), administration.outcome(CHANGE)]

    golden.check("views/admin_refresh_views", [sent_view(view) for view in views])
    golden.check("views/admin_refresh_messages", [sent_message(message) for message in messages])


def test_a_refresh_without_effect_says_so() -> None:
    """Silence would leave people wondering."""
    same = CatalogChange(modules=1, broken=0)

    assert "Nothing is different" in sent_message(administration.outcome(same))["text"]


def test_the_greatest_change_fits() -> None:
    """A catalogue that was replaced as a whole is told within Slack's limits."""
    names = tuple(ModuleName("&" * 70 + str(number)) for number in range(99))
    items = tuple(BrokenItem(name=name, reason="<" * 3000) for name in names)
    change = CatalogChange(
        modules=10**6, broken=10**6, new=names, gone=names, changed=names, newly_broken=items, mended=names
    )

    assert sent_message(administration.outcome(change, name="x" * 200))
    assert sent_view(administration.refreshed(LONG, change, source=SOURCE, now=NOW))


def test_a_maintainer_can_act_on_what_is_written() -> None:
    """Each broken module stands with its reason, each flawed one with all of its flaws."""
    text = texts(sent_view(administration.catalogue(POOR, source=SOURCE, now=NOW)))

    assert "`torn-page`: is not valid YAML: line 4, column 12." in text
    assert f"`{YOLO.name}`: dates.updated is missing; libraries has “Pytorch”." in text
    assert "3rd time in a row" in text


@pytest.mark.parametrize(
    ("page", "values"),
    [
        (0, {Action.ADMIN_NEXT: "1"}),
        (1, {Action.ADMIN_PREVIOUS: "0", Action.ADMIN_NEXT: "2"}),
        (99, {Action.ADMIN_PREVIOUS: "1"}),
    ],
)
def test_long_lists_have_pages(page: int, values: dict[Action, str]) -> None:
    """A page that is not there gives the last."""
    shown = elements(sent_view(administration.catalogue(LONG, source=SOURCE, now=NOW, page=page)))

    assert {key: each["value"] for key, each in shown.items() if key != Action.ADMIN_REFRESH} == values
