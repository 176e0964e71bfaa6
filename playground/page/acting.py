"""Does what a person does on the page, by the driver that plays people in tests: no more than Slack would allow."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from playground.page.people import Resident
from playground.slack.person import Person
from playground.slack.reply import Reply, SubmitResult
from playground.slack.screen import Option, Refused, ShownMessage, ShownView
from playground.slack.wire import Json

_FAILED = "{what} failed with the error “{error}”"
_NO_TEXT = "Write something first."
_UNKNOWN = "The page asked for something that nobody can do here: {what!r}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """Plays the people of the page; every method is safe to call from any thread."""

    people: Sequence[Resident]

    def act(self, body: Json) -> Json:
        """Do one thing and return what the page shows: `ok`, or the words of an error."""
        began = time.monotonic()
        try:
            answer = self._act(body)
        except Refused as refusal:
            answer = {"ok": False, "error": str(refusal)}
        except (KeyError, TypeError, ValueError) as error:
            answer = {"ok": False, "error": f"The page sent something that cannot be read: {error!r}."}
        return {**answer, "took_ms": round((time.monotonic() - began) * 1000)}

    def _act(self, body: Json) -> Json:
        person = self._person(str(body["person"]))
        do = _ACTS.get(str(body.get("do")))
        if do is None:
            raise Refused(_UNKNOWN.format(what=body.get("do")))
        return do(person, body)

    def _person(self, person_id: str) -> Person:
        hit = next((each.person for each in self.people if each.person.id == person_id), None)
        if hit is None:
            raise Refused("There is no such person here.")
        return hit


def _command(person: Person, body: Json) -> Json:
    word, _, rest = str(body["text"]).strip().partition(" ")
    reply = person.command(word, rest, channel=_channel(person, body))
    return _of_reply(reply, word)


def _say(person: Person, body: Json) -> Json:
    text = str(body["text"]).strip()
    if not text:
        raise Refused(_NO_TEXT)
    person.say(text, channel=_channel(person, body))
    return {"ok": True}


def _click(person: Person, body: Json) -> Json:
    where = _where(person, body)
    confirm = body.get("confirm")
    reply = person.click(
        where, _id(body, "action_id"), block_id=_id(body, "block_id"), value=body.get("value"), confirm=confirm
    )
    return _of_reply(reply, "This")


def _select(person: Person, body: Json) -> Json:
    reply = person.select(_where(person, body), _key(body), body.get("value"), confirm=body.get("confirm"))
    return _of_reply(reply, "This")


def _fill(person: Person, body: Json) -> Json:
    value = body.get("value")
    replies = person.fill(_where(person, body), {_key(body): value}, enter=bool(body.get("enter")), by_character=False)
    errors = [_of_reply(reply, "This") for reply in replies if reply.error]
    return errors[0] if errors else {"ok": True}


def _search(person: Person, body: Json) -> Json:
    found = person.type_in_select(_where(person, body), _key(body), str(body.get("query", "")))
    return {"ok": True, "options": [_option(option) for option in found]}


def _submit(person: Person, body: Json) -> Json:
    result: SubmitResult = person.submit(_view(person, body))
    if result.banner:
        return {"ok": False, "error": result.banner}
    return {"ok": result.accepted, "errors": dict(result.errors)}


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
    "search": _search,
    "submit": _submit,
    "close": _close,
    "dismiss": _dismiss,
    "open_home": _open_home,
    "open_messages": _open_messages,
}


def _of_reply(reply: Reply, what: str) -> Json:
    return {"ok": False, "error": _FAILED.format(what=what, error=reply.error)} if reply.error else {"ok": True}


def _channel(person: Person, body: Json) -> str:
    return str(body.get("channel") or person.dm)


def _where(person: Person, body: Json) -> ShownMessage | ShownView:
    """Return the message or view that the page shows; what is gone by now is refused."""
    where = body["where"]
    return _view(person, body) if "view" in where else person.message(str(where["ts"]), str(where["channel"]))


def _view(person: Person, body: Json) -> ShownView:
    view_id = str(body["where"]["view"])
    shown = [*person.modals, *([person.home] if person.home else [])]
    hit = next((view for view in shown if view.id == view_id), None)
    if hit is None:
        raise Refused("This window is not open any more.")
    return hit


def _id(body: Json, name: str) -> str | None:
    return str(body[name]) if body.get(name) is not None else None


def _key(body: Json) -> str:
    """Return the name by which the driver finds a field: of its block and of its action, which are unique together."""
    return f"{body['block_id']}/{body['action_id']}"


def _option(option: Option) -> Json:
    """Return an option as Block Kit has it."""
    shown: Json = {"text": {"type": "plain_text", "text": option.text}, "value": option.value}
    if option.description is not None:
        shown["description"] = {"type": "plain_text", "text": option.description}
    return shown
