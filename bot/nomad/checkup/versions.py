"""What each version of Nomad does differently, as far as it matters to the bot or its operators."""

import re
from dataclasses import dataclass

from bot.domain.checkup import Area, Finding

Version = tuple[int, int, int]

OLDEST: Version = (1, 8, 0)
NEWEST_TRIED: Version = (2, 0, 5)

_NUMBERS = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")
_FINE_RIGHTS: Version = (1, 11, 2)
_NEVER: Version = (10**6, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A way of behaving, from one version on up to, but without, another."""

    since: Version = (0, 0, 0)
    before: Version = _NEVER
    text: str

    def holds(self, version: Version) -> bool:
        """Tell whether a version behaves so."""
        return self.since <= version < self.before


# Sources: the changelog and code of hashicorp/nomad at the tags, collected in the Nomad handbook's section 2.
FACTS = (
    Fact(
        before=(1, 11, 2),
        text="the event stream comes in chunks; the bot reads lists and not the stream.",
    ),
    Fact(
        since=(1, 11, 2),
        before=(1, 11, 3),
        text="the event stream begins with a status line that Python cannot read; the bot does not use it.",
    ),
    Fact(
        since=(1, 11, 3),
        text="the event stream has no framing and tells of deleted jobs; the bot reads lists and not the stream.",
    ),
    Fact(
        before=(2, 0, 1),
        text="“register only if the id is free” is not atomic; one instance of the bot keeps order itself, so never"
        " run two.",
    ),
    Fact(since=(2, 0, 1), text="“register only if the id is free” is atomic."),
    Fact(
        since=(2, 0, 1),
        text="a job reads “running” while only its rollout is active; the bot goes by the allocations.",
    ),
    Fact(before=_FINE_RIGHTS, text="submit-job is one right: who may deploy may also stop and remove."),
    Fact(
        since=_FINE_RIGHTS,
        text="submit-job can be given in parts: plan-job, register-job, deregister-job and purge-job are enough.",
    ),
    Fact(
        before=(1, 11, 2),
        text="a deployment on a node that is away for more than 48 h stays unknown until the node returns.",
    ),
    Fact(
        since=(1, 11, 2),
        text="a deployment on a node that is away for more than 48 h may be started anew elsewhere, without what was"
        " on the node's disk.",
    ),
    Fact(
        since=(1, 11, 2),
        before=(1, 11, 4),
        text="purging a job while it is being placed crashes a server; the bot never does, other clients should not.",
    ),
    Fact(
        since=(1, 11, 0),
        text="GPUs are counted across models when nodes are chosen; the bot tells “never” from “not now” itself.",
    ),
    Fact(since=(1, 10, 0), text="a GPU plugin is loaded only if the node's configuration has a plugin block for it."),
    Fact(before=(2, 0, 4), text="the list of job statuses may leave jobs out; the bot does not use it."),
    Fact(before=(2, 0, 5), text="asking for statistics of an unknown node is answered with 500 instead of 404."),
)


def parse(text: str) -> Version | None:
    """Read a version such as `1.11.3` or `1.10.5+ent`; None if it is none."""
    found = _NUMBERS.match(text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def written(version: Version) -> str:
    """Write a version as Nomad does."""
    return ".".join(str(number) for number in version)


def splits_submit(version: Version) -> bool:
    """Tell whether the right to submit can be given in parts, so that each must be looked at."""
    return version >= _FINE_RIGHTS


def judge(version: Version) -> Finding:
    """Return the finding about the version itself."""
    name = f"Nomad {written(version)}"
    if version < OLDEST:
        return Area.NOMAD.problem(
            f"{name} is too old: the bot needs {written(OLDEST)} or newer.", "Upgrade Nomad's servers and nodes."
        )
    if version[:2] > NEWEST_TRIED[:2]:
        return Area.NOMAD.warning(
            f"{name} is newer than what the bot was tried with (up to {written(NEWEST_TRIED)}).",
            "Read Nomad's notes on upgrading, and deploy and stop something by way of trial.",
        )
    return Area.NOMAD.fine(f"{name} is supported ({written(OLDEST)} to {written(NEWEST_TRIED)}).")


def facts_of(version: Version) -> tuple[Finding, ...]:
    """Return a line for each thing that this version does differently from another one."""
    return tuple(Area.NOMAD.fine(f"In {written(version)}, {fact.text}") for fact in FACTS if fact.holds(version))
