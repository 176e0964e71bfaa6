"""A workspace whose app does whatever a test says, with the page before it: for what a good bot never does."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from playground.page import PageServer, Resident
from playground.slack import Person, Workspace
from tests.contract.workspace_app import SILENCE, Api, Json, api_of, connected

MANIFEST = Path(__file__).parents[2] / "app.yaml"
DEADLINE = timedelta(seconds=0.4)
"""So long the app may take here; Slack's three seconds would only be waited for."""


@dataclass(kw_only=True)
class SilentApp:
    """An app that acknowledges nothing but what `by_kind` has an answer for."""

    workspace: Workspace
    api: Api
    person: Person
    address: str
    by_kind: dict[str, Any] = field(default_factory=dict)
    payloads: list[Json] = field(default_factory=list)

    def answer(self, frame: Json) -> Any:
        """Answer by the payload's kind, or not at all."""
        self.payloads.append(frame["payload"])
        return self.by_kind.get(frame["payload"].get("type", "command"), SILENCE)

    def opens(self, view: Json) -> None:
        """Open a window on the screen of whoever did something last."""
        answer = self.api.call("views.open", trigger_id=self.payloads[-1]["trigger_id"], view=view)
        assert answer.body["ok"], answer.body

    def hang_up(self) -> None:
        """Lose the app's line, and wait until it is lost."""
        self.workspace.close_sockets()
        self.workspace.wait_for(lambda: self.workspace.connections == 0, what="the end of the line")


@contextmanager
def silent_app() -> Iterator[SilentApp]:
    """Open the workspace, the page and the app's line."""
    with Workspace(ack_deadline=DEADLINE, rate_limits=False) as workspace, api_of(workspace) as api:
        ada = workspace.add_user("ada", real_name="Ada")
        made = SilentApp(workspace=workspace, api=api, person=ada, address="")
        with (
            PageServer(workspace, people=[Resident(person=ada, role="researcher")], manifest=MANIFEST) as page,
            connected(workspace, made.answer),
        ):
            made.address = page.address
            yield made
