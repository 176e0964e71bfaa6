"""What a real Nomad must have before the demo can be played on it, and what is left behind on it: nothing."""

import contextlib
import sys
from collections.abc import Iterator

import app

NAMESPACE = "ai4eosc"
_META = f'meta {{ status = "ready"  type = "compute"  namespace = "{NAMESPACE}"  tags = "cpu"  domain = "any" }}'
_OR = "Or unset NOMAD_ADDR, and the demo plays on a simulated cluster."


class NotPlayable(Exception):
    """The demo cannot begin; the text is one line that says what is missing and how to mend it."""


@contextlib.contextmanager
def told_in_one_line(before: str) -> Iterator[None]:
    """Turn what the bot raises for people (it knows a next step) into NotPlayable."""
    try:
        yield
    except Exception as error:
        hint = getattr(error, "hint", None)
        if hint is None:
            raise
        raise NotPlayable(" ".join(f"{before} {error} {hint} {_OR}".split())) from error


def check(bot: app.Bot, address: str) -> None:
    """Raise NotPlayable unless the Nomad answers, has the namespace and has a node for deployments."""
    with told_in_one_line(f"NOMAD_ADDR names {address}:"):
        namespaces = {entry.get("Name") for entry in bot.nomad.list("namespaces")}
        bot.cluster.refresh_nodes()
        with_docker = _nodes_with_docker(bot)
    if NAMESPACE not in namespaces:
        raise NotPlayable(
            f"The Nomad at {address} has no namespace {NAMESPACE}: make it with `nomad namespace apply {NAMESPACE}`."
            f" {_OR}"
        )
    if not with_docker:
        raise NotPlayable(f"The Nomad at {address} has no ready node with a healthy docker driver. {_OR}")
    if not _usable(bot) & with_docker:
        raise NotPlayable(
            f"No node of the Nomad at {address} takes AI4OS deployments: write `{_META}` into the `client` block of"
            f" its agent's configuration. {_OR}"
        )


def has_gpus(bot: app.Bot) -> bool:
    """Tell whether a node for deployments has a GPU."""
    usable = _usable(bot)
    return any(group.count for node in bot.cluster.nodes() if node.id in usable for group in node.gpus)


def sweep(bot: app.Bot, owner_email: str) -> None:
    """Stop what the demo's person still has on the cluster, as after a demo that was interrupted."""
    there = {"namespace": NAMESPACE}
    try:
        for job in bot.nomad.list("jobs", {**there, "meta": "true"}):
            if (job.get("Meta") or {}).get("owner_email") != owner_email:
                continue
            if not job.get("Stop"):
                bot.nomad.delete(f"job/{job['ID']}", there)
            bot.nomad.delete(f"var/nomad/jobs/{job['ID']}", there)
    except Exception as error:  # noqa: BLE001 - whatever it is, the person must look themselves
        print(f"What {owner_email} has on the Nomad could not be stopped: {error} Look there.", file=sys.stderr)


def _usable(bot: app.Bot) -> set[str]:
    """Return the ids of the nodes on which the constraints of a deployment hold."""
    return {
        node.id
        for node in bot.cluster.nodes()
        if node.kind == "compute" and node.ready_by_test and NAMESPACE in node.namespaces
    }


def _nodes_with_docker(bot: app.Bot) -> set[str]:
    found = set()
    for node in bot.nomad.list("nodes"):
        docker = (node.get("Drivers") or {}).get("docker") or {}
        is_free = node.get("Status") == "ready" and node.get("SchedulingEligibility") == "eligible"
        if is_free and docker.get("Healthy"):
            found.add(str(node["ID"]))
    return found
