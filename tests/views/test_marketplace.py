"""The catalogue's window and a module's page: what is shown, what is offered, and how it is cut."""

from datetime import timedelta

import pytest

from bot.domain.base import ModuleName
from bot.domain.catalog import Capability, CatalogSnapshot, Module, Wanted
from bot.domain.marketplace import PAGE, QUERY_LENGTH, Browsing, PlatformRoom, Room, look
from handlers.ids import Action, Callback
from handlers.views import deploy_form, marketplace, module_page
from tests.conftest import Golden
from tests.unit.domain.values import NOW
from tests.views.checking import elements, inputs, sent_message, sent_view, texts
from tests.views.examples import HOSTILE, MODULES, PLAIN, YOLO, form

READ = NOW - timedelta(hours=3)
SNAPSHOT = CatalogSnapshot(modules=MODULES, read_at=READ)
MANY = CatalogSnapshot(
    modules=tuple(
        YOLO.model_copy(update={"name": ModuleName(f"yolo-{number:03}"), "title": f"YOLO {number:03}"})
        for number in range(2 * PAGE + 1)
    ),
    read_at=READ,
)
FULL = YOLO.model_copy(
    update={
        "description": "Finds things in pictures.\n\nSecond paragraph: *as it is*, not as markup. "
        + "More of it. " * 400,
        "fixed_tag": "2.0",
        "categories": ("AI4 trainable",),
        "tags": ("deep learning", "object detection", "vo.imagine-ai.eu"),
        "libraries": ("PyTorch", "Other"),
        "tasks": ("Computer Vision",),
        "data_types": ("Image", "Video"),
        "license": "Apache-2.0",
        "created": "2024-01-05",
        "updated": "2025-11-30",
        "links": (("Source code", "https://code.example.org/yolo"), ("Dataset", "http://plain.example.org/data")),
        "training": Wanted(cpu=8, gpu=1, ram_mb=16000, gpu_memory_mb=8000, gpu_capability=7.5),
    }
)
ROOMS = (
    PlatformRoom(platform="AI4EOSC", room=Room.NOW),
    PlatformRoom(platform="iMagine", room=Room.IN_USE, reason="every fitting GPU is taken"),
    PlatformRoom(platform="Tutorials", room=Room.NOWHERE, reason="no machine of this platform has a GPU"),
    PlatformRoom(platform="Small", room=Room.TOO_MUCH),
    PlatformRoom(platform="Far", room=Room.UNKNOWN),
)
BOTH = (Capability.INFERENCE, Capability.TRAINABLE)


def _view(snapshot: CatalogSnapshot, browsing: Browsing, missing: str = "") -> dict[str, object]:
    return sent_view(marketplace.render(look(snapshot, browsing), read_at=snapshot.read_at, missing=missing))


@pytest.mark.parametrize(
    ("name", "snapshot", "browsing", "missing"),
    [
        ("all", SNAPSHOT, Browsing(), ""),
        ("found", SNAPSHOT, Browsing.of("classifier images", (Capability.TRAINABLE,)), ""),
        ("middle_page", MANY, Browsing.of("yolo").at(1), ""),
        ("nothing", SNAPSHOT, Browsing.of("plnts zzz"), ""),
        ("nothing_with_filters", SNAPSHOT, Browsing.of("plants", BOTH), ""),
        ("nothing_of_a_kind", CatalogSnapshot(modules=(PLAIN,)), Browsing.of("", BOTH), ""),
        ("unread", CatalogSnapshot(), Browsing(), ""),
        ("missing_module", SNAPSHOT, Browsing.of("plans"), "There is no module “plans” in the catalogue."),
    ],
)
def test_window_looks_as_it_should(
    golden: Golden, name: str, snapshot: CatalogSnapshot, browsing: Browsing, missing: str
) -> None:
    """Search, filters, rows, pages and the help where nothing is found."""
    golden.check(f"views/modules_{name}", _view(snapshot, browsing, missing))


@pytest.mark.parametrize(
    ("name", "module", "rooms", "came_from"),
    [
        ("asking", YOLO, None, Browsing.of("yolo")),
        ("full", FULL, ROOMS, Browsing.of("yolo", BOTH).at(1)),
        ("bare", PLAIN, (PlatformRoom(platform="AI4EOSC", room=Room.NOW),), None),
    ],
)
def test_page_looks_as_it_should(
    golden: Golden, name: str, module: Module, rooms: tuple[PlatformRoom, ...] | None, came_from: Browsing | None
) -> None:
    """Everything that people decide by, at once; what the cluster says comes in its place."""
    golden.check(f"views/module_{name}", sent_view(module_page.render(module, rooms=rooms, came_from=came_from)))


@pytest.mark.parametrize(
    ("page", "offered"),
    [
        (0, [Action.MODULES_NEXT]),
        (1, [Action.MODULES_PREVIOUS, Action.MODULES_NEXT]),
        (2, [Action.MODULES_PREVIOUS]),
    ],
)
def test_only_pages_that_are_there_are_offered(page: int, offered: list[Action]) -> None:
    """The first has no previous, the last no next, and each button knows where it leads."""
    shown = elements(_view(MANY, Browsing().at(page)))

    turning = {each: shown[each]["value"] for each in (Action.MODULES_PREVIOUS, Action.MODULES_NEXT) if each in shown}
    assert list(turning) == offered
    assert {Browsing.read(value).page for value in turning.values()} <= {page - 1, page + 1}


def test_what_is_searched_for_stands_in_the_fields_and_in_the_metadata() -> None:
    """So that people refine it without typing it again, and the way back leads to the same place."""
    browsing = Browsing.of("yolo", BOTH)
    view = _view(SNAPSHOT, browsing)

    shown = elements(view)
    assert inputs(view)[Action.MODULES_SEARCH]["element"]["initial_value"] == "yolo"
    assert [each["value"] for each in shown[Action.MODULES_FILTER]["initial_options"]] == list(BOTH)
    assert Browsing.read(str(view["private_metadata"])) == browsing
    page = sent_view(module_page.render(YOLO, came_from=browsing))
    assert Browsing.read(page["private_metadata"]) == browsing


def test_a_longest_search_fits_into_the_metadata() -> None:
    """Also one that takes the most room when it is written down."""
    worst = Browsing.of('"\\' * QUERY_LENGTH, tuple(Capability)).at(9999)

    assert len(worst.query) == QUERY_LENGTH
    assert len(str(worst)) < 1000
    assert Browsing.read(str(worst)) == worst


def test_summaries_are_cut_between_words() -> None:
    """Nobody has to guess half a word."""
    long = YOLO.model_copy(update={"summary": "Finds butterflies in photographs taken at night. " * 9})
    text = texts(_view(CatalogSnapshot(modules=(long,)), Browsing()))

    shown = next(line for line in text.splitlines() if line.startswith("Finds"))
    assert len(shown) <= 150
    assert shown.removesuffix("…").split(" ")[-1] in {
        "Finds",
        "butterflies",
        "in",
        "photographs",
        "taken",
        "at",
        "night.",
        "night",
    }


def test_hostile_metadata_leads_nowhere_and_calls_nobody() -> None:
    """Mentions, markup and script addresses of a module are text like any other."""
    hostile = FULL.model_copy(
        update={
            "title": HOSTILE,
            "summary": HOSTILE,
            "description": HOSTILE * 5,
            "license": HOSTILE,
            "tags": (HOSTILE, "```", "<!here>"),
            "links": (("Click <!channel>", "javascript:alert(1)"), ("Data", "https://x.example/a|b>c")),
        }
    )
    row = texts(_view(CatalogSnapshot(modules=(hostile,)), Browsing()))
    view = sent_view(module_page.render(hostile, rooms=(PlatformRoom(platform=HOSTILE, room=Room.NOW),)))

    marked = "\n".join([row, *(texts(block) for block in view["blocks"] if '"mrkdwn"' in str(block).replace("'", '"'))])
    assert "<!" not in marked
    assert "<@" not in marked
    assert "<javascript" not in marked
    assert "`javascript:alert(1)`" in marked


def test_a_link_that_is_not_encrypted_is_shown_but_leads_nowhere() -> None:
    """Only https addresses are links."""
    text = texts(sent_view(module_page.render(FULL)))

    assert "<https://code.example.org/yolo|Source code>" in text
    assert "Dataset: `http://plain.example.org/data`" in text


def test_the_page_says_who_can_be_sure() -> None:
    """Yes, no and unknown are three answers; each names its platform."""
    text = texts(sent_view(module_page.render(FULL, rooms=ROOMS)))

    assert "*AI4EOSC*: free now." in text
    assert "*iMagine*: all in use (every fitting GPU is taken)." in text
    assert "*Tutorials*: no machine of this platform has a GPU." in text
    assert "*Far*: not known right now." in text


def test_a_window_that_came_too_late_can_be_opened_again() -> None:
    """The button knows what was looked for."""
    browsing = Browsing.of("yolo", BOTH)

    again = elements(sent_message(marketplace.reopen(browsing)))[Action.MENU_MODULES]
    module = elements(sent_message(marketplace.reopen_module(YOLO.name)))[Action.MODULE]
    assert Browsing.read(again["value"]) == browsing
    assert module["value"] == YOLO.name


def test_screen_readers_tell_the_rows_apart() -> None:
    """Every button says of which module it tells more."""
    blocks = sent_view(marketplace.render(look(SNAPSHOT, Browsing()), read_at=READ))["blocks"]

    spoken = [block["accessory"]["accessibility_label"] for block in blocks if "accessory" in block]
    assert spoken[:2] == ["More about YOLO object detection", "More about Plant species classifier"]
    assert len(set(spoken)) == len(MODULES)


def test_window_and_page_are_told_apart() -> None:
    """Submitting means searching in the one, and is not offered in the other."""
    window = _view(SNAPSHOT, Browsing())
    page = sent_view(module_page.render(YOLO))

    assert (window["callback_id"], page["callback_id"]) == (Callback.MODULES, Callback.MODULE)
    assert "submit" not in page


@pytest.mark.parametrize(
    ("capabilities", "said"),
    [
        ((), ""),
        ((Capability.INFERENCE,), " is ready for inference."),
        ((Capability.TRAINABLE,), " can be trained on your data."),
        ((Capability.DEVELOPMENT,), " is for writing new modules."),
        (BOTH, " is ready for inference and can be trained on your data."),
        ((Capability.INFERENCE, Capability.DEVELOPMENT), " is ready for inference and is for writing new modules."),
        (
            (Capability.TRAINABLE, Capability.DEVELOPMENT),
            " can be trained on your data and is for writing new modules.",
        ),
        (
            tuple(Capability),
            " is ready for inference, can be trained on your data and is for writing new modules.",
        ),
    ],
)
def test_what_a_module_is_good_for_is_a_sentence(capabilities: tuple[Capability, ...], said: str) -> None:
    """Read aloud, every combination is one, on the page and in the form."""
    module = YOLO.model_copy(update={"capabilities": capabilities})

    assert f"`{module.name}`{said}" in texts(sent_view(module_page.render(module))).splitlines()
    assert f"*{module.title}*{said}" in texts(sent_view(deploy_form.render(form(module)))).splitlines()


def test_the_longest_page_fits() -> None:
    """Every field as long as it can be, with the characters that take the most room."""
    long = "&" * 5000
    module = FULL.model_copy(
        update={
            **dict.fromkeys(("title", "summary", "description", "license", "image", "created", "updated"), long),
            **dict.fromkeys(("tags", "categories", "libraries", "tasks", "data_types"), (long,) * 40),
            "links": tuple((long, "https://x.example/" + "a" * length) for length in range(220, 240)),
        }
    )
    rooms = tuple(PlatformRoom(platform=long, room=Room.IN_USE, reason=long) for _ in range(20))

    assert sent_view(module_page.render(module, rooms=rooms))
    assert _view(CatalogSnapshot(modules=(module,) * 3 * PAGE), Browsing().at(1), missing=long)
