"""The checks of a Nomad, from the way there to what its nodes have."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import requests

from bot.domain import skew
from bot.domain.checkup import Area, Check, Finding, listed
from bot.domain.platform import Platform
from bot.errors import ClusterUnavailable
from bot.nomad.checkup import fleet, rights, token, versions
from bot.nomad.checkup.fleet import Machine
from bot.nomad.checkup.reach import reach
from bot.nomad.checkup.token import LOOK_BETWEEN
from bot.nomad.checkup.versions import Version
from bot.nomad.client import NomadClient, NomadConnection, Timeout
from bot.nomad.failures import NomadAnswered
from bot.nomad.json_values import fields, items, text
from bot.ports import Clock

_PATIENCE: Timeout = (2.0, 6.0)
_HTTP_TO_HTTPS = "HTTP request to an HTTPS server"
_check = partial(Check.of, Area.NOMAD)
_READ_NODES = 'Add node { policy = "read" } to its policy.'


@dataclass(slots=True, kw_only=True)
class NomadCheckup:
    """Looks at one Nomad, remembering what later checks build on."""

    connection: NomadConnection
    client: NomadClient
    platforms: tuple[Platform, ...]
    clock: Clock
    _version: Version | None = None
    _machines: tuple[Machine, ...] = ()
    _time: skew.Reading | None = field(default=None, repr=False)

    def checks(self) -> tuple[Check, ...]:
        """Return the checks in their order."""
        first = (
            _check("reach", "the way to Nomad", self._reach, otherwise="Nomad cannot be reached"),
            _check("leader", "its leader", self._leader, "reach", otherwise="Nomad does not answer as it should"),
            _check("token", "the token", self._token, "leader", otherwise="Nomad does not accept the token"),
            _check("version", "its version", self._tell_version, "token", otherwise="Nomad's version is not known"),
        )
        each = (check for platform in self.platforms for check in self._checks_of(platform))
        nodes = (
            _check("nodes", "reading nodes", self._read_nodes, "token", otherwise="the nodes cannot be read"),
            _check("fleet", "what the nodes have", self._fleet, "nodes"),
        )
        return (*first, *each, *nodes)

    def clock_check(self) -> Check:
        """Return the check of Nomad's clock, which is told with the others' clocks."""
        return Check(
            key="nomad.clock",
            area=Area.CLOCK,
            about="Nomad's clock",
            otherwise="",
            run=lambda: [skew.judge("Nomad", self._time)],
            needs=("nomad.leader",),
        )

    def _checks_of(self, platform: Platform) -> tuple[Check, ...]:
        key, name = f"namespace.{platform.key}", platform.namespace
        look, try_out = partial(self._namespace, platform), partial(self._rights, platform)
        return (
            _check(key, f"{name}: the namespace", look, "token", otherwise=f"{name} is not there"),
            _check(f"rights.{platform.key}", f"{name}: the rights", try_out, key),
        )

    # What each check does.

    def _reach(self) -> Iterator[Finding]:
        return reach(self.connection, now=self.clock())

    def _leader(self) -> Iterator[Finding]:
        try:
            leader = self._timed("status/leader")
        except NomadAnswered as answer:
            yield _answered(answer)
            return
        except ClusterUnavailable as error:
            yield Area.NOMAD.problem(str(error), "Look at Nomad's own log, and whether NOMAD_ADDR is right.")
            return
        if not isinstance(leader, str) or not leader:
            yield Area.NOMAD.problem("Nomad has no leader.", "Look at its servers: nomad server members")
            return
        regions = self._get("regions")
        names = listed(text(name) for name in regions) if isinstance(regions, list) and regions else "unknown"
        yield Area.NOMAD.fine(f"It answers and has a leader; region {names}.")

    def _token(self) -> Iterator[Finding]:
        return token.examine(self._get, self.connection.token, now=self.clock())

    def _tell_version(self) -> Iterator[Finding]:
        found = sorted({version for word in self._builds() if (version := versions.parse(word)) is not None})
        if not found:
            yield Area.NOMAD.unknown("Its version is told only to a token that may read nodes.", _READ_NODES)
            return
        self._version = found[0]
        if len(found) > 1:
            yield Area.NOMAD.warning(
                f"Its servers run different versions: {listed(versions.written(each) for each in found)}.",
                "Finish the upgrade; until then the oldest one counts.",
            )
        yield versions.judge(found[0])
        yield from versions.facts_of(found[0])

    def _namespace(self, platform: Platform) -> Iterator[Finding]:
        name = platform.namespace
        try:
            found = fields(self._get(f"namespace/{name}"))
        except NomadAnswered as answer:
            if answer.is_not_found:
                yield Area.NOMAD.problem(
                    f"{name}: there is no such namespace.", f"Make it: nomad namespace apply {name}"
                )
            elif answer.is_forbidden:
                yield Area.NOMAD.problem(
                    f"{name}: there is no such namespace, or the bot's token has no right in it.",
                    f"Make it (nomad namespace apply {name}), or add it to the policy as docs/operators.md has it.",
                )
            else:
                yield Area.NOMAD.unknown(f"{name}: the namespace: {answer}")
            return
        if text(found.get("Name")) == name:
            yield Area.NOMAD.fine(f"{name}: the namespace is there.")
        else:
            yield Area.NOMAD.unknown(f"{name}: the namespace: Nomad's answer cannot be read.", LOOK_BETWEEN)

    def _rights(self, platform: Platform) -> Iterator[Finding]:
        splits = self._version is not None and versions.splits_submit(self._version)
        return rights.examine(self.client, platform, splits_submit=splits)

    def _read_nodes(self) -> Iterator[Finding]:
        try:
            stubs = self.client.list("nodes", timeout=_PATIENCE)
            whole = [self._node(text(stub.get("ID"))) for stub in stubs if text(stub.get("ID"))]
        except NomadAnswered as answer:
            if not answer.is_forbidden:
                raise
            yield Area.NOMAD.problem("The bot may not read nodes: its token lacks node read.", _READ_NODES)
            return
        read = (fleet.read_machine(fields(entry)) for entry in whole)
        self._machines = tuple(machine for machine in read if machine is not None)
        yield Area.NOMAD.fine(f"The bot may read nodes; their number is {len(self._machines)}.")

    def _node(self, identity: str) -> Any:
        try:
            return self._get(f"node/{identity}")
        except NomadAnswered as answer:
            if answer.is_not_found:  # it was removed since the list was read
                return None
            raise

    def _fleet(self) -> Iterator[Finding]:
        return fleet.judge_all(self._machines, self.platforms)

    # How Nomad is asked.

    def _builds(self) -> list[str]:
        """Return what the servers, or else the agent we talk to, or the nodes, say about their version."""
        try:
            members = items(fields(self._get("agent/members")).get("Members"))
            found = [text(fields(member.get("Tags")).get("build")) for member in members]
        except NomadAnswered as answer:
            if answer.is_forbidden:
                return []
            found = []
        if not any(found):
            found = [text(stub.get("Version")) for stub in self.client.list("nodes", timeout=_PATIENCE)]
        return found

    def _get(self, path: str) -> Any:
        return self.client.get(path, timeout=_PATIENCE)

    def _timed(self, path: str) -> Any:
        """Ask, and take note of the time that the answer bears."""
        dates: list[str] = []

        def note(response: requests.Response, **_: Any) -> None:
            dates.append(response.headers.get("Date", ""))

        hooks = self.client.session.hooks["response"]
        hooks.append(note)
        before = self.clock()
        try:
            return self._get(path)
        finally:
            hooks.remove(note)
            if dates:
                self._time = skew.read(dates[-1], before=before, after=self.clock())


def _answered(answer: NomadAnswered) -> Finding:
    if _HTTP_TO_HTTPS in answer.text:
        return Area.NOMAD.problem("Nomad speaks TLS at NOMAD_ADDR.", "Begin NOMAD_ADDR with https://.")
    return Area.NOMAD.problem(
        f"{str(answer).rstrip('.')} (status {answer.status}).",
        "Look at Nomad's own log, and at a gateway before it if there is one.",
    )
