"""The drafts of open forms: in memory at once, in the database soon after, so that no acknowledgement waits for it."""

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

from bot.domain.base import DraftId
from bot.domain.records import Draft
from bot.ports import Ledger

MOST_DRAFTS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafts:
    """Keeps up to `most` drafts in memory, the ones that are written giving way first.

    `ledger` is written to, and waits as long as a database may take; `quick` is what is read from while somebody
    waits for an acknowledgement. Both are the same database.
    """

    ledger: Ledger
    quick: Ledger
    most: int = MOST_DRAFTS
    _kept: OrderedDict[DraftId, Draft] = field(default_factory=OrderedDict, repr=False)
    _unwritten: OrderedDict[DraftId, None] = field(default_factory=OrderedDict, repr=False)
    _guard: Lock = field(default_factory=Lock, repr=False)
    _writing: tuple[Lock, ...] = field(default_factory=lambda: tuple(Lock() for _ in range(64)), repr=False)
    _writer: Lock = field(default_factory=Lock, repr=False)

    def get(self, draft_id: DraftId) -> Draft | None:
        """Return the draft, from memory where it is there. Raises Unavailable if only the database could tell."""
        with self._guard:
            kept = self._kept.get(draft_id)
            if kept is not None:
                self._kept.move_to_end(draft_id)
                return kept
        found = self.quick.draft(draft_id)
        if found is None:
            return None
        with self._guard:
            kept = self._kept.setdefault(draft_id, found)
            self._make_room()
        return kept

    def put(self, draft: Draft) -> None:
        """Keep a new state of a draft, to be written later."""
        with self._guard:
            self._kept[draft.id] = draft
            self._kept.move_to_end(draft.id)
            self._unwritten[draft.id] = None
            self._make_room()

    def write(self, draft_id: DraftId) -> None:
        """Write the draft as it is now, unless that was done. Raises Unavailable; it stays to be written then."""
        with self._writing[hash(draft_id) % len(self._writing)]:
            with self._guard:
                draft = self._kept.get(draft_id) if draft_id in self._unwritten else None
            if draft is None:
                return
            self.ledger.save_draft(draft)
            with self._guard:
                if self._kept.get(draft_id) is draft:
                    self._unwritten.pop(draft_id, None)

    def write_all(self) -> None:
        """Write whatever is not written yet, one writer at a time; whoever comes second leaves it to the first.

        Raises Unavailable, and leaves the rest for the next time.
        """
        while self._has_unwritten() and self._writer.acquire(blocking=False):
            try:
                with self._guard:
                    waiting = tuple(self._unwritten)
                for draft_id in waiting:
                    self.write(draft_id)
            finally:
                self._writer.release()

    def _has_unwritten(self) -> bool:
        with self._guard:
            return bool(self._unwritten)

    def _make_room(self) -> None:
        while len(self._kept) > self.most:
            oldest = next((each for each in self._kept if each not in self._unwritten), next(iter(self._kept)))
            del self._kept[oldest]
            self._unwritten.pop(oldest, None)
