"""An image's tags, asked from the image registry's public API and remembered for a while."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock

from bot.catalog.images import is_image, split_host
from bot.catalog.setting_checks import checked_address
from bot.catalog.tag_pages import NotTold, TagPages
from bot.domain.catalog import ImageTags, KnownTags
from bot.domain.tags import CONVENTIONAL
from bot.ports import Clock

REGISTRY_KEY = "AI4OS_BOT_IMAGE_REGISTRY"
DEFAULT_REGISTRY = "https://hub.docker.com"
_MEND = f"Give the address of a registry that speaks Docker Hub's API, such as {DEFAULT_REGISTRY}."

_FRESH = timedelta(minutes=10)
_TRUSTED = timedelta(hours=1)  # an answer this old is offered still, but no longer as the whole truth
_PAUSE = timedelta(seconds=30)  # after a failure, so that nobody waits for a registry that is down
_KEPT_AGAIN = timedelta(days=1)  # tags that are still asked for are not taken for old ones by whoever prunes
_MAX_IMAGES = 500
_LOCKS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What the registry said, whether it can be asked now, and when that was last kept for the next start."""

    known: KnownTags
    has_failed_since: bool = False
    kept_at: datetime | None = None


class ImageRegistry:
    """Knows the tags of images. Any thread may call; only `ask` waits for the network, for a few seconds at most."""

    def __init__(self, pages: TagPages, *, clock: Clock) -> None:
        self.name = pages.address
        self._pages = pages
        self._clock = clock
        self._answers: OrderedDict[str, _Answer] = OrderedDict()
        self._guard = Lock()
        self._asking = tuple(Lock() for _ in range(_LOCKS))
        self._silent_until: datetime | None = None

    @classmethod
    def from_setting(cls, value: str, *, clock: Clock) -> "ImageRegistry":
        """Return the registry that a setting names; raise SettingsError if it cannot be asked."""
        return cls(TagPages(checked_address(REGISTRY_KEY, value, mend=_MEND)), clock=clock)

    def known(self, image: str, *, fixed_tag: str = "") -> ImageTags:
        """Return the tags from memory; the conventional ones, or the fixed one, if nothing is known.

        They are certain if the registry told all of them at most an hour ago and has not failed to answer since.
        """
        answer = self._recall(_key(image, fixed_tag))
        if answer is None:
            return ImageTags(image=image, tags=(fixed_tag,) if fixed_tag else CONVENTIONAL, certain=False)
        is_recent = self._clock() - answer.known.read_at <= _TRUSTED
        certain = answer.known.is_complete and is_recent and not answer.has_failed_since
        return ImageTags(image=image, tags=answer.known.tags, certain=certain)

    def ask(self, image: str, *, fixed_tag: str = "") -> ImageTags:
        """Return the registry's answer: one of the last ten minutes, a new one, or what is known if there is none.

        An image that the registry says it does not have has certainly no tags: a deployment of it could only fail.
        """
        if _can_be_asked(image):
            with self._asking[hash(image) % _LOCKS]:
                if not self._is_fresh(_key(image, fixed_tag)):
                    self._renew(image, fixed_tag)
        return self.known(image, fixed_tag=fixed_tag)

    def restore(self, answers: Iterable[KnownTags]) -> None:
        """Take over what was known in an earlier run; until the registry is asked again, nobody vouches for it."""
        for known in answers:
            answer = _Answer(known=known, has_failed_since=True, kept_at=known.read_at)
            self._remember(_key(known.image, known.fixed_tag), answer)

    def unkept(self) -> tuple[KnownTags, ...]:
        """Return the answers that should be kept for the next start and are not."""
        with self._guard:
            return tuple(answer.known for answer in self._answers.values() if answer.kept_at is None)

    def kept(self, answers: Iterable[KnownTags]) -> None:
        """Note which answers are kept by now."""
        for known in answers:
            with self._guard:
                answer = self._answers.get(_key(known.image, known.fixed_tag))
                if answer is not None and answer.known == known:
                    self._answers[_key(known.image, known.fixed_tag)] = replace(answer, kept_at=known.read_at)

    def _renew(self, image: str, fixed_tag: str) -> None:
        now = self._clock()
        key = _key(image, fixed_tag)
        if self._silent_until is not None and now < self._silent_until:
            self._mark_failed(key)
            return
        try:
            tags, is_complete = self._pages.read(image, fixed_tag=fixed_tag)
        except NotTold:
            self._silent_until = now + _PAUSE
            self._mark_failed(key)
            return
        self._silent_until = None
        known = KnownTags(image=image, fixed_tag=fixed_tag, tags=tags, is_complete=is_complete, read_at=now)
        self._remember(key, _Answer(known=known, kept_at=_still_kept(self._recall(key), known)))

    def _is_fresh(self, key: str) -> bool:
        answer = self._recall(key)
        return answer is not None and not answer.has_failed_since and self._clock() - answer.known.read_at < _FRESH

    def _recall(self, key: str) -> _Answer | None:
        with self._guard:
            return self._answers.get(key)

    def _remember(self, key: str, answer: _Answer) -> None:
        with self._guard:
            self._answers[key] = answer
            self._answers.move_to_end(key)
            while len(self._answers) > _MAX_IMAGES:
                self._answers.popitem(last=False)

    def _mark_failed(self, key: str) -> None:
        answer = self._recall(key)
        if answer is not None:
            self._remember(key, replace(answer, has_failed_since=True))


def _still_kept(before: _Answer | None, known: KnownTags) -> datetime | None:
    """Return when the same answer was kept, if that was lately: what did not change is not written again."""
    if before is None or before.kept_at is None or known.read_at - before.kept_at > _KEPT_AGAIN:
        return None
    is_same = (before.known.tags, before.known.is_complete) == (known.tags, known.is_complete)
    return before.kept_at if is_same else None


def _key(image: str, fixed_tag: str) -> str:
    return f"{image}:{fixed_tag}"


def _can_be_asked(image: str) -> bool:
    """Tell whether an image is in this registry: one whose name begins with another registry's host is not."""
    host, _ = split_host(image)
    return is_image(image) and not host
