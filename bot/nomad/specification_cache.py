"""Remember specifications that were read, for as long as the job is the same."""

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

from bot.nomad.json_values import JsonObject, count, text
from bot.nomad.specification import Specification

_Key = tuple[str, str, int]


@dataclass(slots=True)
class SpecificationCache:
    """Specifications by namespace, id and the index of the job's last change; the oldest go first."""

    most: int = 5000
    _kept: OrderedDict[_Key, Specification] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def keep(self, job: JsonObject, specification: Specification) -> None:
        """Keep the specification of a job."""
        with self._lock:
            self._kept[_key(job)] = specification
            self._kept.move_to_end(_key(job))
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)

    def find(self, job: JsonObject) -> Specification | None:
        """Return the specification of a job or a job stub if it was read before."""
        with self._lock:
            return self._kept.get(_key(job))


def _key(job: JsonObject) -> _Key:
    return text(job.get("Namespace")), text(job.get("ID")), count(job.get("JobModifyIndex"))
