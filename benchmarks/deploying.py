"""Measure how long it takes from the click on Deploy until the job is registered on a real Nomad."""

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import uuid1

import requests

from benchmarks.machine import go_direct, leave_alone_what_is_there
from benchmarks.page import Table, today, write_section
from benchmarks.surroundings import Surroundings, bot_at_work
from benchmarks.timing import Way, duration, percentile
from bot import logs
from bot.domain.base import DeploymentId
from bot.domain.people import Owner
from bot.domain.platform import Platform, ServiceProvider
from bot.domain.records import Submission
from bot.nomad import filters, jobspec
from bot.ports import NewDeployment
from bot.settings import load
from playground.slack import Person
from tests.agent.agent import WHY_MISSING, ImageScript, NodeShape, NomadAgent, equipment

ROUNDS = 60
WARM_UP = 3
HEAD_START = timedelta(seconds=0.2)
"""How long the bot waits on purpose, so that Slack shows the answer to the click before what follows it."""

_FORM = "demo-app --service jupyter --cpu 1 --ram 2000 --disk 1000"
_SETTINGS = {"SLACK_BOT_TOKEN": "xoxb-none", "SLACK_APP_TOKEN": "xapp-none", "AI4OS_BOT_MEMBERS": "everyone"}
_ROOM = NodeShape(memory_mb=20_000_000, disk_mb=20_000_000, cores=400)

_PAGE = """\
## From the click to the registered job

`python -m benchmarks.deploying`, {date}, Nomad {nomad}

{table}

{rounds} people, each with a reviewed form for JupyterLab on the screen, press *Deploy* one after the other in a local
workspace; the job is registered on a real Nomad when Nomad has said so to the bot. After each of them a bare client
sends the same calls for somebody else, with requests: the two lists of what the person has, the password into its
Variable, the job. The figures are those of the two, percentile by percentile.

- **÷ bare calls**: everything from the click on (Slack's delivery, the acknowledgement, checks, three records in the
  database, the calls) in times of the bare calls.
- **without the pause**: the bot waits {pause:.1f} s on purpose between its acknowledgement and what follows, because an
  update of the window must not overtake the acknowledgement on its way to Slack; this is the ratio without it.
- **Nomad's own part**: how much of the whole the bare calls alone would take.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bare:
    """The calls of a submission, sent to Nomad with requests and nothing around them."""

    address: str
    platforms: Sequence[Platform]
    session: requests.Session

    def run(self, model: Submission) -> None:
        """Deploy for somebody else what a submission asked for."""
        identity = DeploymentId(str(uuid1()))
        owner = Owner(email=f"bare-{identity}@example.org", name="Bare")
        platform = next(each for each in self.platforms if each.key == model.platform)
        new = NewDeployment(id=identity, request=model.request, owner=owner, has_password=model.has_password)
        job = jobspec.build(new, platform, provider=ServiceProvider.NOMAD)
        namespaces = [each.namespace for each in self.platforms]
        self._get("allocations", resources="true", filter=filters.owned_allocations(owner, namespaces))
        self._get("jobs", meta="true", filter=filters.owned(owner, namespaces))
        path = f"nomad/jobs/{identity}"
        variable = {"Namespace": platform.namespace, "Path": path, "Items": {"jupyterPASSWORD": "not-a-real-password"}}
        self._send("put", f"var/{path}", platform, variable)
        self._send("post", "jobs", platform, {"Job": job, "EnforceIndex": True, "JobModifyIndex": 0})

    def _get(self, path: str, **parameters: str) -> None:
        query = {"namespace": "*", "per_page": "1000", **parameters}
        self.session.get(f"{self.address}/v1/{path}", params=query, timeout=30).raise_for_status()

    def _send(self, method: str, path: str, platform: Platform, body: object) -> None:
        query = {"namespace": platform.namespace}
        url = f"{self.address}/v1/{path}"
        self.session.request(method, url, params=query, json=body, timeout=30).raise_for_status()


def main() -> None:
    """Measure, print, and write the section of the page."""
    go_direct()
    logs.set_up(level=logs.LogLevel.ERROR, log_format=logs.LogFormat.CONSOLE, secrets=())
    found = equipment()
    if found is None:
        sys.exit(WHY_MISSING)
    with NomadAgent(found, node=_ROOM, name="bench-deploying", ports=2000) as agent:
        agent.script_image("*", ImageScript(silent_ports=("api", "monitor", "ide", "custom", "ui")))
        version = str(agent.api.get("agent/self")["config"]["Version"]["Version"])
        with bot_at_work(nomad=agent.address, AI4OS_BOT_SERVICE_PROVIDER="nomad") as here:
            measured = list(_measure(here, agent.address))[WARM_UP:]
    table = _table([ours for ours, _ in measured], [bare for _, bare in measured])
    text = _PAGE.format(
        date=today(), nomad=version, table=table.as_markdown(), rounds=ROUNDS, pause=HEAD_START.total_seconds()
    )
    print(table.as_text())
    write_section("deploying", text)


def _measure(here: Surroundings, address: str) -> Iterator[tuple[timedelta, timedelta]]:
    people = [here.workspace.add_user(f"person-{number}") for number in range(WARM_UP + ROUNDS)]
    with ThreadPoolExecutor(4) as hands:
        list(hands.map(_review, people))
    leave_alone_what_is_there()
    with closing(requests.Session()) as session:
        session.trust_env = False
        session.headers["Accept-Encoding"] = "identity"  # as the bot asks on its own machine
        bare = Bare(address=address, platforms=load(_SETTINGS, dotenv=None).platforms, session=session)
        for person in people:
            ours, submission = _deploy(here, person)
            yield ours, duration(Way(run=partial(bare.run, submission)))


def _review(person: Person) -> None:
    person.command("/ai4os", f"deploy {_FORM}")
    person.wait_for_modal(lambda view: view.callback_id == "deploy.form")
    result = person.submit()
    assert result.accepted, result.errors
    person.wait_for_modal(lambda view: view.callback_id == "deploy.review")


def _deploy(here: Surroundings, person: Person) -> tuple[timedelta, Submission]:
    """Let somebody press Deploy; return how long it took until the job was registered, and what was submitted."""
    clicked = here.workspace.clock.now()
    person.submit()
    person.wait_for_modal(lambda view: view.callback_id == "deploy.submitted")
    (registered,) = (entry for entry in here.bot.ledger.audit_log(limit=1) if entry.action == "deployed")
    submission = here.bot.ledger.submission(DeploymentId(registered.deployment))
    assert submission is not None
    return registered.at - clicked, submission


def _table(ours: Sequence[timedelta], bare: Sequence[timedelta]) -> Table:
    rows = []
    for percent in (50, 99):
        whole, nomad = percentile(ours, percent), percentile(bare, percent)
        ratios = (f"{whole / nomad:.1f}", f"{(whole - HEAD_START) / nomad:.1f}", f"{100 * (nomad / whole):.0f} %")
        rows.append((f"p{percent}", *ratios, f"{_ms(whole)}", f"{_ms(nomad)}"))
    headings = ("", "÷ bare calls", "without the pause", "Nomad's own part", "whole", "bare calls")
    return Table(headings=headings, rows=rows)


def _ms(time: timedelta) -> str:
    return f"{time / timedelta(milliseconds=1):.0f} ms"


if __name__ == "__main__":
    main()
