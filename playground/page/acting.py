"""Does what a person does on the page, by the driver that plays people in tests: no more than Slack would allow."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from playground.page.people import Resident
from playground.page.searching import offered
from playground.slack.person import Person
from playground.slack.reply import Reply
from playground.slack.screen import Refused, ShownMessage, ShownView, find_placed
from playground.slack.submissions import TROUBLE
from playground.slack.wire import Json
from playground.slack.workspace import Workspace

_FAILED = "{what} failed with the error “{error}”"
_REASONS: Mapping[str, str] = {
    "operation_timeout": "the app did not acknowledge within 3 seconds",
    "dispatch_failed": "no connection of the app could take it, so nothing was done",
}
_NO_TEXT = "Write something first."


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """Plays the people of the page; every method is safe to call from any thread."""

    people: Sequence[Resident]
    workspace: Workspace

    def act(self, body: Json) -> Json:
        """Do one thing and return what the page shows: `ok`, or the words of an error."""
        began = time.monotonic()
        try:
            answer = self._act(body)
        except Refused as refusal:
            answer = {"ok": False, "error": str(refusal)}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            answer = {
                "ok": False,
                "error": f"The page sent something that cannot be read ({error!r}). Nothing was done.",
            }
        return {**answer, "took_ms": round((time.monotonic() - began) * 1000)}

    def _act(self, body: Json) -> Json:
        person = self._person(str(body["person"]))
        if body.get("do") == "search":
            return self._search(person, body)
        do = _ACTS.get(str(body.get("do")))
        if do is None:
            raise Refused(f"Nobody can do {body.get('do')!r} here.")
        return do(person, body)

    def _person(self, person_id: str) -> Person:
        hit = next((each.person for each in self.people if each.person.id == person_id), None)
        if hit is None:
            raise Refused("There is no such person here.")
        return hit

    def _search(self, person: Person, body: Json) -> Json:
        query = str(body.get("query", ""))
        if not person.type_in_select(_where(person, body), _key(body), query):
            return {"ok": True, "options": [], "groups": []}
        return {"ok": True, **offered(reversed(self.workspace.acks), person.id, str(body["action_id"]), query)}


def _command(person: Person, body: Json) -> Json:
    word, _, rest = str(body["text"]).strip().partition(" ")
    return _answer(person.command(word, rest, channel=_channel(person, body)), word)


def _say(person: Person, body: Json) -> Json:
    text = str(body["text"]).strip()
    if not text:
        raise Refused(_NO_TEXT)
    person.say(text, channel=_channel(person, body))
    return {"ok": True}


def _click(person: Person, body: Json) -> Json:
    where, confirm = _where(person, body), body.get("confirm")
    ids = {"action_id": _id(body, "action_id"), "block_id": _id(body, "block_id"), "value": _id(body, "value")}
    dialog = find_placed(where.blocks, **ids).element.get("confirm")
    if dialog is not None and confirm is None:
        return {"ok": False, "confirm": dialog}
    reply = person.click(where, **ids, confirm=bool(confirm) if dialog is not None else None)
    return _answer_in(where, reply)


def _select(person: Person, body: Json) -> Json:
    where, confirm = _where(person, body), body.get("confirm")
    dialog = find_placed(where.blocks, key=_key(body)).element.get("confirm")
    if dialog is not None and confirm is None:
        return {"ok": False, "confirm": dialog}
    reply = person.select(where, _key(body), body.get("value"), confirm=bool(confirm) if dialog is not None else None)
    return _answer_in(where, reply)


def _fill(person: Person, body: Json) -> Json:
    where, value = _where(person, body), body.get("value")
    replies = person.fill(where, {_key(body): value}, enter=bool(body.get("enter")))
    failed = next((reply for reply in replies if reply.error), None)
    return _answer_in(where, failed) if failed else {"ok": True}


def _submit(person: Person, body: Json) -> Json:
    result = person.submit(_view(person, body))
    if result.banner:
        return {"ok": False, "error": result.banner}
    if result.errors:
        return {"ok": False, "error": "Some fields need a correction.", "errors": dict(result.errors)}
    return {"ok": True}


def _close(person: Person, body: Json) -> Json:
    person.close(_view(person, body))
    return {"ok": True}


def _dismiss(person: Person, _body: Json) -> Json:
    person.dismiss()
    return {"ok": True}


def _open_home(person: Person, _body: Json) -> Json:
    person.open_home()
    return {"ok": True}


def _open_messages(person: Person, _body: Json) -> Json:
    person.open_messages()
    return {"ok": True}


_ACTS: Mapping[str, Callable[[Person, Json], Json]] = {
    "command": _command,
    "say": _say,
    "click": _click,
    "select": _select,
    "fill": _fill,
    "submit": _submit,
    "close": _close,
    "dismiss": _dismiss,
    "open_home": _open_home,
    "open_messages": _open_messages,
}


def _answer(reply: Reply, what: str) -> Json:
    if not reply.error:
        return {"ok": True}
    reason = _REASONS.get(reply.error)
    words = _FAILED.format(what=what, error=reply.error)
    return {"ok": False, "error": f"{words}: {reason}." if reason else f"{words}."}


def _answer_in(where: ShownMessage | ShownView, reply: Reply) -> Json:
    """Return how a click or choice went; in a window Slack says the same whatever the reason."""
    if reply.error and isinstance(where, ShownView):
        return {"ok": False, "error": TROUBLE}
    return _answer(reply, "This")


def _channel(person: Person, body: Json) -> str:
    return str(body.get("channel") or person.dm)


def _where(person: Person, body: Json) -> ShownMessage | ShownView:
    """Return the message or view that the page shows; what is gone by now is refused."""
    where = body["where"]
    return _view(person, body) if "view" in where else person.message(str(where["ts"]), str(where["channel"]))


def _view(person: Person, body: Json) -> ShownView:
    view_id = str(body["where"]["view"])
    home = person.home
    hit = next((view for view in (*person.modals, *([home] if home else [])) if view.id == view_id), None)
    if hit is None:
        raise Refused("This window is not open any more.")
    return hit


def _id(body: Json, name: str) -> str | None:
    return None if body.get(name) is None else str(body[name])


def _key(body: Json) -> str:
    """Return the name by which the driver finds a field: that of its block and its action, unique together."""
    return f"{body['block_id']}/{body['action_id']}"
