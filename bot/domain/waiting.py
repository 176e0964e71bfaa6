"""Who waits for a GPU: how many people, and for how long."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.deployment import Phase
from bot.domain.findings import Watched
from bot.domain.letters import Waiting

IN_QUEUE = frozenset({Phase.QUEUED, Phase.SCHEDULING, Phase.RETRYING})
"""What waits for somebody else's hardware; nobody's answer helps what fits nowhere."""


def counts_for_share(watched: Watched) -> bool:
    """Tell whether a deployment's GPUs are part of what its owner has: it holds them, or waits for them."""
    return watched.gpus > 0 and (watched.holds or watched.phase in IN_QUEUE)


def waiting_for(watched: Watched, others: Sequence[Watched], *, now: datetime) -> Waiting | None:
    """Return how many other people wait for a GPU like this deployment's; None if nobody does.

    Like it is one of the same model, or of any, on the same platform.
    """
    mine = watched.owner.email.casefold()
    fitting = [
        each
        for each in others
        if each.gpus
        and each.phase in IN_QUEUE
        and each.phase_since is not None
        and each.namespace == watched.namespace
        and each.gpu_model in {"", watched.gpu_model}
        and each.owner.email.casefold() != mine
    ]
    since = [each.phase_since for each in fitting if each.phase_since is not None and each.phase_since <= now]
    if not watched.gpus or not since:
        return None
    return Waiting(people=len({each.owner.email.casefold() for each in fitting}), longest=now - min(since))
