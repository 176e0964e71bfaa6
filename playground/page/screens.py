"""What one person sees of the workspace, as the page draws it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from playground.page.people import Resident
from playground.page.secrecy import without_secrets
from playground.page.troubles import troubles
from playground.slack.records import AckRecord, Conversation, Message, Outcome, View
from playground.slack.wire import Json, copy_json
from playground.slack.workspace import Workspace

MESSAGES = 200
"""So many of the newest messages of a conversation are shown."""
_NEWEST_ACKS = 20
"""Only these can be under way: each is over after three seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screens:
    """Draws each person's screen; `people` are those whom one may be."""

    workspace: Workspace
    people: Sequence[Resident]

    def version(self) -> tuple[int, int]:
        """Return what changes whenever a screen may have: with each change, and with each delivery."""
        state = self.workspace.state
        with state.lock:
            return state.version, len(state.acks)

    def screen(self, person_id: str) -> Json:
        """Return a person's screen: conversations, windows, Home tab and what went wrong."""
        resident = next(each for each in self.people if each.person.id == person_id)
        state, own = self.workspace.state, resident.person.dm
        with state.lock:
            waiting = _waiting(state.acks)
            home = state.homes.get(person_id)
            return {
                "person": _person(resident),
                "people": [_person(each) for each in self.people],
                "now": state.clock.now().timestamp(),
                "app": state.settings.name,
                "names": self._names(),
                "conversations": [self._conversation(each, person_id) for each in self._seen_by(person_id, own)],
                "modals": [self._view(view, waiting) for view in self._stack(person_id)],
                "home": self._view(home, waiting) if home else None,
                "has_home": state.settings.home_tab,
                "sockets": self.workspace.connections,
                "problems": troubles(state.problems, state.calls, person_id),
            }

    def views(self, person_id: str) -> list[Json]:
        """Return each view of a person as the app gets it, for the inspector; without secrets."""
        state = self.workspace.state
        with state.lock:
            home = state.homes.get(person_id)
            shown = [*self._stack(person_id), *([home] if home else [])]
            return [_inspected(view, without_secrets(_wire(view), state.identity)) for view in shown]

    def file(self, person_id: str, file_id: str) -> bytes | None:
        """Return the content of a file that this person sees somewhere, else None."""
        state = self.workspace.state
        with state.lock:
            messages = [each for talk in self._seen_by(person_id, "") for each in _seen(talk, person_id)]
            shown = [blocks for each in messages for blocks in (each.blocks, each.files)]
            shown += [view.body["blocks"] for view in self._stack(person_id)]
            upload = state.files.get(file_id)
            if upload is None or not any(file_id in _file_ids(blocks) for blocks in shown):
                return None
            return upload.content

    def _stack(self, person_id: str) -> list[View]:
        state = self.workspace.state
        return [state.views[view_id] for view_id in state.stacks.get(person_id, [])]

    def _names(self) -> Json:
        state = self.workspace.state
        return {
            "users": {account.id: account.real_name for account in state.accounts.values()},
            "channels": {each.id: each.name for each in state.conversations.values() if each.kind != "im"},
            "groups": {group.id: group.handle for group in state.usergroups.values()},
        }

    def _seen_by(self, person_id: str, own: str) -> list[Conversation]:
        """Return the person's conversations, the direct messages with the app first."""
        inside = [each for each in self.workspace.state.conversations.values() if person_id in each.members]
        return sorted(inside, key=lambda each: (each.id != own, each.name))

    def _conversation(self, conversation: Conversation, person_id: str) -> Json:
        is_direct = conversation.kind == "im"
        return {
            "id": conversation.id,
            "kind": conversation.kind,
            "name": self.workspace.state.settings.name if is_direct else conversation.name,
            "messages": [self._message(each, person_id) for each in _seen(conversation, person_id)[-MESSAGES:]],
        }

    def _message(self, message: Message, person_id: str) -> Json:
        state = self.workspace.state
        return {
            "ts": message.ts,
            "at": float(message.ts),
            "author": {
                "id": message.author,
                "name": state.name_of(message.author),
                "is_app": message.author == state.identity.bot_user_id,
            },
            "text": message.text,
            "blocks": copy_json(message.blocks),
            "values": copy_json(message.values.get(person_id, {})),
            "is_ephemeral": message.only_for is not None,
            "edited": message.edited_ts is not None,
            "thread": message.thread_ts,
            "files": self._files([message.blocks, message.files]),
        }

    def _files(self, shown: Any) -> Json:
        """Return the pictures that something shows, by file id; one that has not arrived yet is left out."""
        known = {id_: self.workspace.state.files.get(id_) for id_ in _file_ids(shown)}
        return {
            id_: {"alt": upload.alt_text, "url": f"file/{id_}"}
            for id_, upload in known.items()
            if upload is not None and upload.content is not None
        }

    def _view(self, view: View, waiting: set[str]) -> Json:
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
            "files": self._files(body["blocks"]),
            "is_waiting": view.id in waiting,
        }


def _person(resident: Resident) -> Json:
    account = resident.person.account
    return {
        "id": account.id,
        "name": account.name,
        "real_name": account.real_name,
        "tz": account.tz,
        "role": resident.role,
    }


def _seen(conversation: Conversation, person_id: str) -> list[Message]:
    return [each for each in conversation.messages if each.only_for in {None, person_id}]


def _waiting(acks: Sequence[AckRecord]) -> set[str]:
    """Return the views of which a click or a submission is not acknowledged yet; a search keeps nobody waiting."""
    payloads = [each.payload for each in acks[-_NEWEST_ACKS:] if each.outcome is Outcome.PENDING]
    acts = [payload for payload in payloads if payload.get("type") != "block_suggestion"]
    return {str(payload["view"]["id"]) for payload in acts if isinstance(payload.get("view"), dict)}


def _inspected(view: View, wire: Json) -> Json:
    body = view.body
    return {"id": view.id, "title": _label(body.get("title")) or f"{body['type']} view", "json": wire}


def _wire(view: View) -> Json:
    return {
        "id": view.id,
        **view.body,
        "state": {"values": view.values},
        "hash": view.hash,
        "root_view_id": view.root_id,
        "previous_view_id": view.previous_id,
    }


def _label(text: Json | None) -> str | None:
    return None if text is None else str(text["text"])


def _file_ids(shown: Any) -> set[str]:
    """Return the ids of the files that blocks name, however deep they are, and those of attached files."""
    return set(_named_files(shown))


def _named_files(shown: Any) -> Iterator[str]:
    if isinstance(shown, list):
        for each in shown:
            yield from _named_files(each)
            if isinstance(each, dict) and "type" not in each and "id" in each:
                yield str(each["id"])
    elif isinstance(shown, dict):
        file = shown.get("slack_file")
        if isinstance(file, dict) and "id" in file:
            yield str(file["id"])
        for each in shown.values():
            if isinstance(each, dict | list):
                yield from _named_files(each)
