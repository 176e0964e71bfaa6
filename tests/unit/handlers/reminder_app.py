"""A small app with the listeners of reminders alone, on the local workspace, and fakes behind them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from slack_bolt import App, BoltContext
from slack_bolt.authorization import AuthorizeResult

from bot.domain.base import SlackUserId
from bot.domain.commands import Verb, parse
from bot.domain.people import Person
from bot.services.deployments import Deployments
from handlers import fallbacks
from handlers.background import Background
from handlers.clients import Clients
from handlers.gate import PERSON
from handlers.listening import Listening
from handlers.messenger import SlackMessenger
from handlers.pictures import Pictures, picture_hosts
from handlers.refusing import Refusing
from handlers.reminders import Reminders
from handlers.socket_mode import SocketMode
from handlers.turn import Turn
from handlers.views import reminder
from handlers.views.message import Message
from playground.clock import Clock
from playground.slack import Person as Colleague
from playground.slack import ShownMessage, Workspace
from tests.unit.services.reminder_house import ADA, BOB, MONDAY, ReminderHouse


@dataclass(kw_only=True)
class ReminderApp:
    """The house with the people of the workspace in it: what they press reaches the real listeners."""

    workspace: Workspace
    house: ReminderHouse
    people: dict[str, Person]

    @property
    def ada(self) -> Colleague:
        """Return Ada at her keyboard."""
        return self.workspace.person("ada")

    @property
    def bob(self) -> Colleague:
        """Return Bob at his."""
        return self.workspace.person("bob")

    def remind(self) -> ShownMessage:
        """Let everybody be told what is due; return what Ada got."""
        self.house.work()
        return self.ada.messages()[-1]

    def letter(self) -> ShownMessage:
        """Return the newest message to Ada as it reads now."""
        return self.ada.messages()[-1]

    def as_person(self, body: dict[str, Any]) -> Person:
        """Return who sends something."""
        return self.people[str((body.get("user") or {}).get("id") or body["user_id"])]


@contextmanager
def reminder_app() -> Iterator[ReminderApp]:
    """Run the app."""
    with Workspace(clock=Clock(MONDAY, frozen=True), rate_limits=False) as workspace:
        house = ReminderHouse()
        people = {}
        for known in (ADA, BOB):
            user = workspace.add_user(known.owner.name.casefold(), email=known.owner.email)
            people[user.id] = known.model_copy(update={"slack_user": SlackUserId(user.id)})
            house.addressees.add(known.owner.email, user.id)
        clients = Clients.at(workspace.bot_token, workspace.api_url)
        messenger = SlackMessenger(
            posting=clients.posting,
            repeating=clients.repeating,
            pictures=Pictures(client=clients.repeating, may_send_to=picture_hosts(workspace.api_url)),
            render=reminder.render,
            render_report=lambda report: Message(report.key, []),
        )
        house.reminding = house.process("first", messenger=messenger)
        house.answering = house.answers(house.book, house.reminding)
        made = ReminderApp(workspace=workspace, house=house, people=people)
        with _listening(made, clients):
            yield made


@contextmanager
def _listening(made: ReminderApp, clients: Clients) -> Iterator[None]:
    workspace, background = made.workspace, Background(threads=2)
    bolt = App(client=clients.interactive, authorize=lambda: AuthorizeResult(enterprise_id=None, team_id=None))

    def let_in(body: dict[str, Any], context: BoltContext, next: Callable[[], None]) -> None:  # noqa: A002 - Bolt's name
        context[PERSON] = lambda: made.as_person(body)
        next()

    bolt.use(let_in)
    refusing = Refusing(clients=clients, background=background, may_answer_at=_anywhere)
    listening = Listening(clients=clients, background=background, refusing=refusing, may_answer_at=_anywhere)
    deployments = made.house.answering.deployments
    reminders = Reminders(answering=made.house.answering, deployments=deployments)
    reminders.register(bolt, listening)
    bolt.command("/ai4os")(listening.guarded(lambda turn: _run(turn, reminders, deployments)))
    fallbacks.register(bolt, listening)
    socket = SocketMode(app=bolt, app_token=workspace.app_token, client=clients.interactive)
    socket.connect()
    try:
        workspace.wait_for_connections()
        yield
    finally:
        socket.stop()
        background.close()


def _run(turn: Turn, reminders: Reminders, deployments: Deployments) -> None:
    command = parse(str(turn.body.get("text") or ""))
    if command.verb is Verb.REMINDERS:
        reminders.show(turn)
    else:
        reminders.show_why(turn, lambda: deployments.find(turn.person, command.subject))


def _anywhere(_url: str) -> bool:
    return True


__all__ = ["ReminderApp", "reminder_app"]
