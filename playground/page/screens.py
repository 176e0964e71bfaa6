"""What one person sees of the workspace, as the page draws it."""

from collections.abc import Sequence
from dataclasses import dataclass

from playground.page.people import Resident
from playground.slack.records import AckRecord, Conversation, Message, Outcome, Problem, View
from playground.slack.state import State
from playground.slack.wire import Json, copy_json

PROBLEMS = 20
"""So many of the newest problems are shown."""
MESSAGES = 200
"""So many of the newest messages of a conversation are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screens:
    """Draws each person's screen; `people` are those whom one may be."""

    state: State
    people: Sequence[Resident]

    def screen(self, person_id: str) -> Json:
        """Return a person's screen: conversations, modals, Home tab and what went wrong."""
        resident = next(each for each in self.people if each.person.id == person_id)
        own = resident.person.dm
        with self.state.lock:
            waiting = _waiting(self.state.acks)
            home = self.state.homes.get(person_id)
            stack = [self.state.views[view_id] for view_id in self.state.stacks.get(person_id, [])]
            return {
                "person": self._person(resident),
                "people": [self._person(each) for each in self.people],
                "now": self.state.clock.now().timestamp(),
                "app": self.state.settings.name,
                "names": self._names(),
                "conversations": [self._conversation(each, person_id) for each in self._seen_by(person_id, own)],
                "modals": [_view(view, waiting) for view in stack],
                "home": _view(home, waiting) if home else None,
                "home_tab": self.state.settings.home_tab,
                "problems": [_problem(each) for each in self.state.problems if each.user in {None, person_id}][
                    -PROBLEMS:
                ],
            }

    def _person(self, resident: Resident) -> Json:
        account = resident.person.account
        return {
            "id": account.id,
            "name": account.name,
            "real_name": account.real_name,
            "tz": account.tz,
            "role": resident.role,
        }

    def _names(self) -> Json:
        return {
            "users": {account.id: account.real_name for account in self.state.accounts.values()},
            "channels": {each.id: each.name for each in self.state.conversations.values() if each.kind != "im"},
            "groups": {group.id: group.handle for group in self.state.usergroups.values()},
        }

    def _seen_by(self, person_id: str, own: str) -> list[Conversation]:
        """Return the person's conversations, the direct messages with the app first."""
        inside = [each for each in self.state.conversations.values() if person_id in each.members]
        return sorted(inside, key=lambda each: (each.id != own, each.name))

    def _conversation(self, conversation: Conversation, person_id: str) -> Json:
        seen = [each for each in conversation.messages if each.only_for in {None, person_id}]
        return {
            "id": conversation.id,
            "kind": conversation.kind,
            "name": self.state.settings.name if conversation.kind == "im" else conversation.name,
            "messages": [self._message(each, person_id) for each in seen[-MESSAGES:]],
        }

    def _message(self, message: Message, person_id: str) -> Json:
        return {
            "ts": message.ts,
            "at": float(message.ts),
            "author": {
                "id": message.author,
                "name": self.state.name_of(message.author),
                "is_app": message.author == self.state.identity.bot_user_id,
            },
            "text": message.text,
            "blocks": copy_json(message.blocks),
            "values": copy_json(message.values.get(person_id, {})),
            "is_ephemeral": message.only_for is not None,
            "edited": message.edited_ts is not None,
            "thread": message.thread_ts,
            "files": self._files(message.blocks),
        }

    def _files(self, blocks: Sequence[Json]) -> Json:
        """Return the pictures of Slack that a message shows, by file id."""
        ids = [str(block["slack_file"].get("id")) for block in blocks if isinstance(block.get("slack_file"), dict)]
        known = {id_: self.state.files[id_] for id_ in ids if id_ in self.state.files}
        return {id_: {"alt": upload.alt_text, "url": f"file/{id_}"} for id_, upload in known.items()}


def _waiting(acks: Sequence[AckRecord]) -> set[str]:
    """Return the views and messages of which a click or a submission is not acknowledged yet.

    Only the newest deliveries can be open: each is over after three seconds.
    """
    payloads = [each.payload for each in acks[-20:] if each.outcome is Outcome.PENDING]
    return {str(payload["view"]["id"]) for payload in payloads if isinstance(payload.get("view"), dict)}


def _view(view: View, waiting: set[str]) -> Json:
    body = view.body
    return {
        "id": view.id,
        "hash": view.hash,
        "type": body["type"],
        "title": _label(body.get("title")),
        "callback_id": body["callback_id"],
        "blocks": copy_json(body["blocks"]),
        "values": copy_json(view.values),
        "errors": dict(view.errors),
        "banner": view.banner,
        "submit": _label(body.get("submit")),
        "close": _label(body.get("close")),
        "is_waiting": view.id in waiting,
    }


def _label(text: Json | None) -> str | None:
    return None if text is None else str(text["text"])


def _problem(problem: Problem) -> Json:
    return {"at": problem.at.timestamp(), "kind": problem.kind, "text": problem.text}
