"""`/ai4os admin review|exempt|pause|resume|go live|go dry|audit`: reminders, for administrators of a platform."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from slack_bolt import App
from slack_sdk.models.views import View

from bot.domain.admin_commands import AdminCommand, read_day, read_kind, read_number
from bot.domain.base import DeploymentId
from bot.domain.commands import Verb
from bot.domain.policy import FindingKind
from bot.errors import BotError, NotFound, UsageError
from bot.services.reviewing import Reviewing
from handlers.deployment_actions import in_modal
from handlers.ids import Action, BlockId, Callback, DeploymentKey
from handlers.listening import Listening
from handlers.turn import Turn
from handlers.views import admin_acts, audit_page, evidence, failure, review_page

ENTRIES = 100
"""How many entries of the audit log are read unless somebody asks for another number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderAdministration:
    """Listeners for administrators; the service checks with each that the person is one, and of what."""

    reviewing: Reviewing

    def register(self, app: App, listening: Listening) -> None:
        """Attach the listeners."""
        for turning in (Action.REVIEW_PART, Action.REVIEW_PREVIOUS, Action.REVIEW_NEXT):
            app.action(turning.value)(listening.guarded(self.turn_review))
        for turning in (Action.AUDIT_PREVIOUS, Action.AUDIT_NEXT):
            app.action(turning.value)(listening.guarded(self.turn_audit))
        app.action(Action.REVIEW_DETAILS.value)(listening.guarded(self.details))
        app.action(Action.REVIEW_EXEMPT.value)(listening.guarded(self.ask_to_exempt))
        app.action(Action.EXEMPTION_END.value)(listening.guarded(self.end_in_view))
        app.view(Callback.ADMIN_EXEMPT.value)(listening.guarded(self.exempt_confirmed))
        app.view(Callback.ADMIN_GO_LIVE.value)(listening.guarded(self.live_confirmed))
        app.view(Callback.ADMIN_RESUME.value)(listening.guarded(self.resume_confirmed))

    def run(self, turn: Turn, wanted: AdminCommand) -> bool:
        """Do what an administrator has typed; False if it is not about reminders."""
        ways: Mapping[str, Callable[[Turn, AdminCommand], None]] = {
            "review": self.show_review,
            "audit": self.show_audit,
            "exempt": self.exempt,
            "pause": self.pause,
            "resume": self.ask_to_resume,
            "go live": self.ask_to_go_live,
            "go dry": self.go_dry,
        }
        way = ways.get(wanted.word)
        if way is not None:
            self.reviewing.admit(turn.person)
            way(turn, wanted)
        return way is not None

    def show_review(self, turn: Turn, _: AdminCommand) -> None:
        """Open the review."""

        def work() -> View:
            view = self._review(turn)
            self.reviewing.note_review(turn.person)
            return view

        in_modal(turn, Callback.ADMIN_REVIEW, Verb.ADMIN, work)

    def turn_review(self, turn: Turn) -> None:
        """Show another part or page of the review, as it is then."""
        turn.ack()
        turn.later(
            lambda: _put(turn, self._review(turn, *review_page.place(turn.value))),
            on_error=turn.tell,
        )

    def details(self, turn: Turn) -> None:
        """Show what is known of a deployment's use."""
        key = _key(turn.value)

        def work() -> View:
            facts = self.reviewing.facts(turn.person, key.namespace, key.deployment)
            return evidence.render(facts, turn.person.time_zone)

        in_modal(turn, Callback.EVIDENCE, Verb.ADMIN, work)

    def ask_to_exempt(self, turn: Turn) -> None:
        """Ask for how long a deployment shall be exempt, and why."""
        key = _key(turn.value)

        def work() -> View:
            facts = self.reviewing.facts(turn.person, key.namespace, key.deployment)
            return admin_acts.ask_to_exempt(key, facts.watched.title)

        in_modal(turn, Callback.ADMIN_EXEMPT, Verb.ADMIN, work)

    def exempt_confirmed(self, turn: Turn) -> None:
        """Exempt a deployment as the window says."""
        key, days = _key(turn.metadata), _choice(turn.view, BlockId.DAYS, Action.EXEMPT_DAYS)
        reason = _text(turn.view, BlockId.REASON, Action.EXEMPT_REASON)
        if days not in {str(each) for each in admin_acts.DAYS}:
            raise UsageError("For how long?", hint="Choose one of the lengths.")

        def work() -> str:
            exemption = self.reviewing.exempt(
                turn.person,
                deployment=key.deployment,
                until=self.reviewing.today() + timedelta(days=int(days)),
                reason=reason,
            )
            return admin_acts.exempted_text(exemption, turn.person.time_zone)

        _act(turn, admin_acts.EXEMPT_TITLE, Callback.ADMIN_EXEMPT, work)

    def exempt(self, turn: Turn, wanted: AdminCommand) -> None:
        """Exempt a deployment or an owner as the command says, or end that."""
        options = wanted.options
        kind = read_kind(options["kind"]) if "kind" in options else None
        owner = options.get("owner", "")
        if "end" in options:
            self._answer(turn, lambda: self._end(turn, wanted.subject, owner, kind))
            return
        until = read_day(options["until"], today=self.reviewing.today())

        def work() -> str:
            exemption = self.reviewing.exempt(
                turn.person,
                deployment=wanted.subject,
                owner_email=owner,
                kind=kind,
                until=until,
                reason=options["reason"],
            )
            return admin_acts.exempted_text(exemption, turn.person.time_zone)

        self._answer(turn, work)

    def end_in_view(self, turn: Turn) -> None:
        """End an exemption from the list of them, and show what is left."""
        deployment, kind, owner = [*turn.value.split("|", 2), "", ""][:3]
        turn.ack()

        def work() -> None:
            self._end(turn, deployment, owner, FindingKind.__members__.get(kind))
            _put(turn, self._review(turn, review_page.Part.EXEMPTIONS))

        turn.later(work, on_error=turn.tell)

    def pause(self, turn: Turn, wanted: AdminCommand) -> None:
        """Hold all reminders back."""
        day, today = wanted.options.get("until", ""), self.reviewing.today()
        until = read_day(day, today=today) if day else None
        reason = wanted.options.get("reason", "")

        def work() -> str:
            mode = self.reviewing.pause(turn.person, until=until, reason=reason)
            return admin_acts.paused_text(mode, turn.person.time_zone)

        self._answer(turn, work)

    def ask_to_resume(self, turn: Turn, _: AdminCommand) -> None:
        """Show what holds reminders back, and ask whether to go on."""

        def work() -> View:
            return admin_acts.confirm_resume(self.reviewing.review(turn.person), turn.person.time_zone)

        in_modal(turn, Callback.ADMIN_RESUME, Verb.ADMIN, work)

    def resume_confirmed(self, turn: Turn) -> None:
        """Go on, in spite of the wave that was shown."""
        wave = _moment(turn.metadata)

        def work() -> str:
            resumed = self.reviewing.resume(turn.person, wave=wave)
            return admin_acts.resumed_text(resumed.mode, resumed.released, resumed.remaining)

        _act(turn, admin_acts.RESUME_TITLE, Callback.ADMIN_RESUME, work)

    def ask_to_go_live(self, turn: Turn, wanted: AdminCommand) -> None:
        """Show what owners would be told, and ask whether they shall be."""
        reason = wanted.options.get("reason", "")

        def work() -> View:
            review = self.reviewing.review(turn.person)
            return admin_acts.confirm_live(review, turn.person.time_zone, reason=reason)

        in_modal(turn, Callback.ADMIN_GO_LIVE, Verb.ADMIN, work)

    def live_confirmed(self, turn: Turn) -> None:
        """Let owners hear from now on."""
        reason = _text(turn.view, BlockId.REASON, Action.MODE_REASON)

        def work() -> str:
            mode = self.reviewing.go_live(turn.person, reason=reason)
            return admin_acts.live_text(mode, self.reviewing.review(turn.person))

        _act(turn, admin_acts.LIVE_TITLE, Callback.ADMIN_GO_LIVE, work)

    def go_dry(self, turn: Turn, wanted: AdminCommand) -> None:
        """Let owners hear nothing from now on."""
        reason = wanted.options.get("reason", "")

        def work() -> str:
            self.reviewing.go_dry(turn.person, reason=reason)
            return admin_acts.dry_text()

        self._answer(turn, work)

    def show_audit(self, turn: Turn, wanted: AdminCommand) -> None:
        """Show the newest entries of the audit log."""
        limit = read_number(wanted.subject, default=ENTRIES)
        in_modal(turn, Callback.ADMIN_AUDIT, Verb.ADMIN, lambda: self._audit(turn, limit, 0))

    def turn_audit(self, turn: Turn) -> None:
        """Show another page of them."""
        limit = int(turn.metadata) if turn.metadata.isdecimal() and len(turn.metadata) <= 4 else ENTRIES  # noqa: PLR2004 - no log is longer
        turn.ack()
        turn.later(lambda: _put(turn, self._audit(turn, limit, turn.page)), on_error=turn.tell)

    def _review(self, turn: Turn, part: review_page.Part = review_page.Part.OVERVIEW, page: int = 0) -> View:
        review = self.reviewing.review(turn.person)
        return review_page.render(review, turn.person.time_zone, part=part, page=page)

    def _audit(self, turn: Turn, limit: int, page: int) -> View:
        entries = self.reviewing.audit(turn.person, limit=limit)
        return audit_page.render(entries, turn.person.time_zone, limit=limit, page=page)

    def _end(self, turn: Turn, deployment: str, owner: str, kind: FindingKind | None) -> str:
        ended = self.reviewing.end_exemption(turn.person, deployment=deployment, owner_email=owner, kind=kind)
        return admin_acts.ended_text(ended)

    def _answer(self, turn: Turn, work: Callable[[], str]) -> None:
        """Do something that was typed, and say what came of it."""
        turn.ack()
        turn.later(lambda: _whisper(turn, work()), on_error=turn.whisper_error)


def _whisper(turn: Turn, text: str) -> None:
    turn.whisper(admin_acts.message(text))


def _put(turn: Turn, view: View) -> None:
    turn.update(view, view_id=turn.view_id)


def _act(turn: Turn, title: str, callback: Callback, work: Callable[[], str]) -> None:
    """Do what a window asked about, and say in its place what came of it."""
    turn.ack(response_action="update", view=admin_acts.working(title, callback))

    def run() -> None:
        turn.update(admin_acts.done(title, callback, work()), view_id=turn.view_id)

    def tell(error: BotError, reference: str) -> None:
        turn.update(failure.modal_view(error, reference=reference), view_id=turn.view_id)

    turn.later(run, on_error=tell)


def _key(value: str) -> DeploymentKey:
    key = DeploymentKey.read(value)
    if key is None:
        raise NotFound("That button is too old.", hint="See what there is with `/ai4os admin review`.")
    return DeploymentKey(key.namespace, DeploymentId(key.deployment))


def _moment(text: str) -> datetime | None:
    """Return the moment that a window was about; None for none, and for what is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _choice(view: Mapping[str, Any], block: BlockId, action: Action) -> str:
    return str((_element(view, block, action).get("selected_option") or {}).get("value") or "")


def _text(view: Mapping[str, Any], block: BlockId, action: Action) -> str:
    return str(_element(view, block, action).get("value") or "")


def _element(view: Mapping[str, Any], block: BlockId, action: Action) -> Mapping[str, Any]:
    values: Mapping[str, Any] = (view.get("state") or {}).get("values") or {}
    element: Mapping[str, Any] = values.get(block, {}).get(action) or {}
    return element
