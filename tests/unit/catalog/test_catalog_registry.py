"""The image registry's answers: pages, age, failures and rubbish."""

import json
from collections.abc import Iterator
from datetime import timedelta
from threading import Event, Thread

import pytest

from bot.catalog.download import TimeLimits
from bot.catalog.image_registry import ImageRegistry
from bot.catalog.tag_pages import TagPages
from bot.domain.catalog import ImageTags
from bot.domain.tags import CONVENTIONAL
from tests.unit.catalog.published import StoppedClock
from tests.unit.catalog.web import LocalWeb, Page, local_web

IMAGE = "ai4oshub/moss"
PATH = f"/v2/repositories/{IMAGE}/tags"
HASTY = TimeLimits(connect=timedelta(seconds=0.5), read=timedelta(seconds=0.3), whole=timedelta(seconds=1))


class Scene:
    """A registry on a local server, and the time."""

    def __init__(self, web: LocalWeb) -> None:
        self.web = web
        self.clock = StoppedClock()
        self.registry = ImageRegistry(TagPages(web.address, limits=HASTY), clock=self.clock)

    def put(self, *tags: str, following: str | None = None, path: str = PATH) -> None:
        """Let the registry have these tags."""
        results = [{"name": tag} for tag in tags]
        self.web.put(path, json.dumps({"count": len(tags), "next": following, "results": results}))

    def ask(self, image: str = IMAGE) -> ImageTags:
        """Ask for an image's tags."""
        return self.registry.ask(image)


@pytest.fixture
def scene() -> Iterator[Scene]:
    """Give a registry without images."""
    with local_web() as web:
        web.missing = Page(status=404, body=b'{"message": "object not found"}')
        yield Scene(web)


def answer(*tags: str, certain: bool = True) -> ImageTags:
    """Return an answer about the image."""
    return ImageTags(image=IMAGE, tags=tags, certain=certain)


UNKNOWN = answer(*CONVENTIONAL, certain=False)


def test_the_question_is_docker_hubs(scene: Scene) -> None:
    """One call asks for a hundred tags, the newest first, of organisation and name."""
    scene.put("latest")

    scene.ask()

    assert scene.web.asked == ["/v2/repositories/ai4oshub/moss/tags?page_size=100&ordering=last_updated"]


def test_an_image_without_organisation_is_an_official_one(scene: Scene) -> None:
    """Docker Hub keeps those under library."""
    scene.put("3.11", path="/v2/repositories/library/python/tags")

    assert scene.ask("python").tags == ("3.11",)


def test_further_pages_are_followed(scene: Scene) -> None:
    """All pages together are the answer, relative addresses included."""
    scene.put("c", following=f"{scene.web.address}{PATH}?page=2")
    scene.put("b", following="?page=3", path=f"{PATH}?page=2")
    scene.put("a", "c", path=f"{PATH}?page=3")

    assert scene.ask() == answer("c", "b", "a")


def test_after_five_pages_the_answer_is_not_the_whole_truth(scene: Scene) -> None:
    """An image with countless tags gives its newest, uncertain because others exist."""
    scene.put("a", following=f"{PATH}?page=2")

    known = scene.ask()

    assert known == answer("a", certain=False)
    assert len(scene.web.asked) == 5


@pytest.mark.parametrize("following", ["https://elsewhere.example-lab.org/page2", "http://127.0.0.1:9/x", "//a.org/b"])
def test_pages_elsewhere_are_not_followed(scene: Scene, following: str) -> None:
    """An answer cannot send the bot to another host; what it told counts as a part."""
    scene.put("a", following=following)

    assert scene.ask() == answer("a", certain=False)
    assert len(scene.web.asked) == 1


def test_the_newest_tag_comes_first(scene: Scene) -> None:
    """Tags are sorted by their times where each has one."""
    tags = [("old", "2023-01-01T00:00:00Z"), ("new", "2025-01-01T00:00:00Z"), ("mid", "2024-01-01T00:00:00Z")]
    results = [{"name": name, "last_updated": time} for name, time in tags]
    scene.web.put(PATH, json.dumps({"next": None, "results": results}))

    assert scene.ask().tags == ("new", "mid", "old")


def test_what_is_no_tag_is_left_out(scene: Scene) -> None:
    """Signatures and names that Docker would not accept are not offered."""
    results = [{"name": "sha256-" + "0" * 64 + ".sig"}, {"name": "a b"}, {"name": 5}, "x", None, {"name": "gpu"}]
    scene.web.put(PATH, json.dumps({"next": None, "results": results}))

    assert scene.ask() == answer("gpu")


def test_an_answer_is_used_for_ten_minutes(scene: Scene) -> None:
    """Within ten minutes nobody asks again; after them the new answer counts."""
    scene.put("a")
    scene.ask()
    scene.put("b")
    scene.clock.advance(timedelta(minutes=9))
    early = scene.ask()
    scene.clock.advance(timedelta(minutes=2))

    late = scene.ask()

    assert (early, late) == (answer("a"), answer("b"))
    assert len(scene.web.asked) == 2


def test_an_old_answer_is_no_longer_the_whole_truth(scene: Scene) -> None:
    """What was told more than an hour ago is still offered, as uncertain."""
    scene.put("a")
    scene.ask()

    scene.clock.advance(timedelta(minutes=61))

    assert scene.registry.known(IMAGE) == answer("a", certain=False)


@pytest.mark.parametrize(
    "page",
    [
        Page(status=500),
        Page(status=429, body=b'{"detail": "Rate limit exceeded"}'),
        Page(status=403),
        Page(status=404, body=b"<html>not found</html>"),
        Page(body=b"<html>welcome</html>"),
        Page(body=b""),
        Page(body=b"[]"),
        Page(body=b'{"results": null}'),
        Page(body=b'{"results": {"name": "a"}}'),
        Page(body=b"[" * 100_000),
        Page(body=b'{"results": []', headers={"Content-Length": "99"}),
        Page(status=302, headers={"Location": "https://127.0.0.1:1/"}),
    ],
)
def test_rubbish_and_errors_are_no_answer(scene: Scene, page: Page) -> None:
    """Whatever the registry sends instead of tags, what is known stays, and is uncertain."""
    scene.put("a")
    scene.ask()
    scene.clock.advance(timedelta(minutes=11))
    scene.web.pages[PATH] = page

    assert scene.ask() == answer("a", certain=False)
    assert scene.ask("ai4oshub/other").certain is False


def test_a_missing_page_spoils_the_answer(scene: Scene) -> None:
    """A page that was announced and is not there does not mean that the image has no tags."""
    scene.put("a", following=f"{PATH}/gone")

    assert scene.ask() == UNKNOWN


def test_a_silent_registry_is_not_waited_for(scene: Scene) -> None:
    """After its time limit the conventional tags are returned."""
    scene.web.put(PATH, "{}", gate=Event())

    assert scene.ask() == UNKNOWN


def test_after_a_failure_nobody_waits_for_a_while(scene: Scene) -> None:
    """For half a minute the registry is not asked again; then it is, and its answer counts."""
    scene.web.outage = Page(status=503)
    scene.ask()
    scene.web.outage = None
    scene.put("a")
    paused = scene.ask()
    scene.clock.advance(timedelta(seconds=31))

    recovered = scene.ask()

    assert (paused, recovered) == (UNKNOWN, answer("a"))
    assert len(scene.web.asked) == 2


def test_a_fixed_tag_is_asked_for_by_its_name(scene: Scene) -> None:
    """One call settles whether it exists, however many tags the image has."""
    scene.web.put(f"{PATH}/1.4-gpu", json.dumps({"name": "1.4-gpu"}))

    assert scene.registry.ask(IMAGE, fixed_tag="1.4-gpu") == answer("1.4-gpu")
    assert len(scene.web.asked) == 1


@pytest.mark.parametrize(
    ("listed", "following", "expected"),
    [
        (("latest", "1.4-gpu"), None, answer("1.4-gpu")),
        (("latest",), None, answer()),
        (("latest",), f"{PATH}?page=2", answer("1.4-gpu", certain=False)),
    ],
)
def test_a_fixed_tag_may_be_found_in_the_list(
    scene: Scene, listed: tuple[str, ...], following: str | None, expected: ImageTags
) -> None:
    """Where the registry cannot be asked for one tag, its list tells, unless it is too long."""
    scene.put(*listed, following=following)

    assert scene.registry.ask(IMAGE, fixed_tag="1.4-gpu") == expected


@pytest.mark.parametrize(
    "image",
    ["registry.example-lab.org/lab/moss", "localhost/moss", "../../v2/users", "Lab/Moss", "a b", "", "moss:latest"],
)
def test_what_is_not_in_this_registry_is_not_asked_for(scene: Scene, image: str) -> None:
    """Images of other registries, and names that are none, have the conventional tags, uncertain."""
    assert scene.ask(image) == ImageTags(image=image, tags=CONVENTIONAL, certain=False)
    assert scene.web.asked == []


def test_the_memory_is_bounded(scene: Scene) -> None:
    """After very many images the oldest are forgotten."""
    scene.put("a")
    scene.ask()

    for number in range(500):
        scene.registry._remember(f"ai4oshub/m{number}:", scene.registry._answers[next(iter(scene.registry._answers))])

    assert len(scene.registry._answers) == 500
    assert scene.registry.known(IMAGE) == UNKNOWN


def test_many_who_ask_at_once_cause_one_call(scene: Scene) -> None:
    """People who open the form at the same time share one answer."""
    gate = Event()
    scene.web.put(PATH, json.dumps({"next": None, "results": [{"name": "a"}]}), gate=gate)
    answers: list[ImageTags] = []
    threads = [Thread(target=lambda: answers.append(scene.ask())) for _ in range(8)]
    for thread in threads:
        thread.start()

    gate.set()
    for thread in threads:
        thread.join()

    assert answers == [answer("a")] * 8
    assert len(scene.web.asked) == 1
