"""Rules of slack.md beside the limits of sizes: what answers may hold, what a composer takes, tiers and scopes."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from playground.clock import Clock
from playground.slack import AppSettings, Person, Refused, ShownView, Workspace
from playground.slack.methods import METHODS
from playground.slack.rate_limits import Tier
from playground.slack.submissions import TROUBLE
from tests.contract.workspace_app import (
    SILENCE,
    Api,
    Json,
    acknowledge,
    actions,
    api_of,
    button,
    connected,
    field_of,
    modal,
    option,
    plain,
    section,
    text_field,
)

PNG = b"\x89PNG\r\n\x1a\n and so on"
BIG = [{"type": "section", "fields": [plain("x" * 2000)] * 2} for _ in range(70)]
NO_FILE = {"type": "image", "alt_text": "use", "slack_file": {"id": "F0NOBODY1"}}


class Desk:
    """A scripted app: answers by the kind of payload, and keeps what it got."""

    def __init__(self) -> None:
        self.by_kind: dict[str, Any] = {}
        self.payloads: list[Json] = []

    def answer(self, frame: Json) -> Any:
        """Answer by the payload's kind, else with an empty ack."""
        self.payloads.append(frame["payload"])
        return self.by_kind.get(frame["payload"].get("type", "command"))

    @property
    def last(self) -> Json:
        """Return the newest payload."""
        return self.payloads[-1]


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    """Give a workspace with Ada and Bob that stands still and waits half a second for acks."""
    with Workspace(clock=Clock(frozen=True), rate_limits=False, ack_deadline=timedelta(seconds=0.5)) as made:
        made.add_user("ada")
        made.add_user("bob")
        made.add_channel("general", ["ada"])
        made.add_channel("elsewhere", ["ada"], with_app=False)
        yield made


@pytest.fixture
def desk(workspace: Workspace) -> Iterator[Desk]:
    """Give a connected app."""
    made = Desk()
    with connected(workspace, made.answer):
        yield made


@pytest.fixture
def api(workspace: Workspace) -> Iterator[Api]:
    """Give a caller with the bot's token."""
    with api_of(workspace) as made:
        yield made


@pytest.fixture
def ada(workspace: Workspace) -> Person:
    """Give Ada."""
    return workspace.person("ada")


@pytest.fixture
def show(api: Api, ada: Person, desk: Desk) -> Callable[[Json], ShownView]:
    """Give a way to open a modal on Ada's screen."""

    def opened(view: Json) -> ShownView:
        ada.command("/ai4os")
        assert api.call("views.open", trigger_id=desk.last["trigger_id"], view=view).body["ok"]
        return ada.wait_for_modal()

    return opened


# ---- response_url and acks hold no more than a post


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"blocks": [section("x" * 2900)] * 4}, "msg_blocks_too_long"),
        ({"blocks": [section("x")] * 51}, "invalid_blocks"),
        ({"blocks": [NO_FILE]}, "invalid_blocks"),
        ({"attachments": [{"text": "a"}] * 101}, "too_many_attachments"),
        ({"response_type": "in_channel"}, "no_text"),
    ],
    ids=["all texts", "blocks", "a file that is none", "attachments", "nothing"],
)
def test_a_response_url_takes_no_more_than_a_post(ada: Person, desk: Desk, api: Api, body: Json, reason: str) -> None:
    """The limits of chat.postMessage are those of a response_url; nothing shows."""
    ada.command("/ai4os")

    assert api.post(desk.last["response_url"], body) == (400, reason)
    assert ada.messages() == ()


def test_an_ack_of_a_command_takes_no_more_than_a_post(workspace: Workspace, ada: Person, desk: Desk) -> None:
    """What cannot be posted cannot be acknowledged with either, and the reason is recorded."""
    desk.by_kind["command"] = {"blocks": [section("x" * 2900)] * 4}

    reply = ada.command("/ai4os")

    assert reply.messages == ()
    assert [problem.kind for problem in workspace.problems] == ["invalid_command_response"]
    assert "msg_blocks_too_long" in workspace.problems[0].text


def test_a_response_url_cuts_a_very_long_text(ada: Person, desk: Desk, api: Api) -> None:
    """40,000 characters, as in a post."""
    ada.command("/ai4os")

    assert api.post(desk.last["response_url"], {"text": "x" * 40_001}) == (200, "ok")
    assert len(ada.messages()[0].notification) == 40_000


def test_a_response_url_works_where_the_app_is_no_member(ada: Person, desk: Desk, api: Api) -> None:
    """It is the person who has the right there; a post of the app's own is not_in_channel (slack.md 2.2)."""
    ada.command("/ai4os", channel="elsewhere")

    assert api.post(desk.last["response_url"], {"text": "psst"}) == (200, "ok")
    assert [message.text for message in ada.messages("elsewhere")] == ["psst"]
    assert api.call("chat.postMessage", channel="elsewhere", text="t").error == "not_in_channel"


def test_an_ephemeral_never_becomes_public(workspace: Workspace, ada: Person, desk: Desk, api: Api) -> None:
    """Replacing it with in_channel changes its words, not its readers (slack.md 2.2)."""
    general = next(c.id for c in workspace.state.conversations.values() if c.name == "general")
    ts = api.call("chat.postEphemeral", channel=general, user=ada.id, text="psst", blocks=[actions(button())]).body
    ada.click(ada.message(ts["message_ts"], general))

    api.post(desk.last["response_url"], {"text": "all", "response_type": "in_channel", "replace_original": True})

    (message,) = ada.messages("general")
    assert (message.text, message.is_ephemeral) == ("all", True)
    assert workspace.person("bob").messages("general") == ()


def test_an_ephemeral_cannot_be_deleted_by_its_ts(ada: Person, api: Api) -> None:
    """Neither chat.update nor chat.delete knows it (slack.md 4.1)."""
    ts = api.call("chat.postEphemeral", channel=ada.dm, user=ada.id, text="psst").body["message_ts"]

    assert api.call("chat.delete", channel=ada.dm, ts=ts).error == "message_not_found"
    assert api.call("chat.update", channel=ada.dm, ts=ts, text="x").error == "message_not_found"


def test_an_ephemeral_needs_an_active_reader(workspace: Workspace, ada: Person, api: Api) -> None:
    """Who has left is not in the channel any more."""
    channel = ada.dm
    workspace.change_user("ada", deleted=True)

    assert api.call("chat.postEphemeral", channel=channel, user=ada.id, text="x").error == "user_not_in_channel"


def test_a_channel_that_is_archived_is_inactive_for_edits(workspace: Workspace, api: Api) -> None:
    """chat.update answers is_inactive."""
    channel = workspace.add_channel("old")
    ts = api.call("chat.postMessage", channel=channel, text="a").body["ts"]
    workspace.archive_channel(channel)

    assert api.call("chat.update", channel=channel, ts=ts, text="b").error == "is_inactive"


# ---- views


@pytest.mark.parametrize(
    ("ack", "reason"),
    [
        ({"response_action": "update", "view": modal(*BIG)}, "view_too_large"),
        ({"response_action": "push", "view": modal(NO_FILE)}, "invalid slack file"),
        ({"response_action": "update", "view": {"type": "home", "blocks": []}}, "must be one of: modal"),
        ({"response_action": "errors", "errors": {"name": {"text": "x"}}}, "no plain texts"),
        ({"response_action": "errors", "errors": {"name": ""}}, "no plain texts"),
        ({"response_action": "errors"}, "empty"),
        ({"view": modal()}, "no known response_action"),
        ("closed", "no object"),
    ],
    ids=["too large", "a file that is none", "Home", "an object", "no words", "no errors", "no action", "a text"],
)
def test_an_ack_of_a_submission_is_checked_as_a_call_is(
    workspace: Workspace, ada: Person, desk: Desk, show: Callable[[Json], ShownView], ack: Any, reason: str
) -> None:
    """The person sees the red banner over what they typed, and the reason is recorded."""
    view = show(modal(text_field()))
    ada.fill(view, {"Name": "x"})
    desk.by_kind["view_submission"] = ack

    result = ada.submit(view)

    assert (result.banner, ada.wait_for_modal().value("Name")) == (TROUBLE, "x")
    assert reason in workspace.problems[-1].text


def test_an_ack_can_push_no_fourth_view(
    workspace: Workspace, ada: Person, desk: Desk, show: Callable[[Json], ShownView]
) -> None:
    """Three in a stack, however they came (slack.md 3.1)."""
    show(modal(title=plain("One")))
    for title in ("Two", "Three", "Four"):
        desk.by_kind["view_submission"] = {"response_action": "push", "view": modal(title=plain(title))}
        ada.submit()

    assert [shown.title for shown in ada.modals] == ["One", "Two", "Three"]
    assert "push_limit_reached" in workspace.problems[-1].text


def test_an_ack_cannot_take_an_external_id_that_is_held(
    workspace: Workspace, ada: Person, desk: Desk, show: Callable[[Json], ShownView]
) -> None:
    """duplicate_external_id, as in the call."""
    show(modal(external_id="draft"))
    desk.by_kind["view_submission"] = {"response_action": "push", "view": modal(external_id="draft")}

    assert ada.submit().banner == TROUBLE
    assert "duplicate_external_id" in workspace.problems[-1].text


def test_a_view_shows_only_pictures_that_slack_has(ada: Person, desk: Desk, api: Api) -> None:
    """The same text as in a message, with the view's pointer."""
    ada.command("/ai4os")

    answer = api.call("views.open", trigger_id=desk.last["trigger_id"], view=modal(NO_FILE))

    assert answer.messages == ["[ERROR] invalid slack file [json-pointer:/view/blocks/0/slack_file]"]


def test_the_hash_of_one_view_is_none_of_another(
    ada: Person, desk: Desk, api: Api, show: Callable[[Json], ShownView]
) -> None:
    """The top view's hash does not fit the one below it (bolt-js#787)."""
    below = show(modal(actions(button())))
    ada.click(below)
    top = api.call("views.push", trigger_id=desk.last["trigger_id"], view=modal(title=plain("Top"))).body["view"]

    answer = api.call("views.update", view_id=below.id, hash=top["hash"], view=modal())

    assert answer.error == "hash_conflict"


def test_a_trigger_of_a_submission_opens_a_window_after_it_closed(
    ada: Person, desk: Desk, api: Api, show: Callable[[Json], ShownView]
) -> None:
    """A submission brings a trigger, good for one use as any other."""
    show(modal())
    ada.submit()
    trigger = desk.last["trigger_id"]

    answers = [api.call("views.open", trigger_id=trigger, view=modal()).error for _ in range(2)]

    assert answers == [None, "exchanged_trigger_id"]


def test_a_channel_in_a_form_brings_its_own_response_url(
    ada: Person, desk: Desk, api: Api, show: Callable[[Json], ShownView]
) -> None:
    """response_url_enabled: the submission can be answered in the chosen channel (slack.md 3.2)."""
    element = {"type": "conversations_select", "action_id": "where", "response_url_enabled": True}
    view = show(modal(field_of(element)))
    ada.fill(view, {"Name": "general"})
    ada.submit(view)

    (offered,) = desk.last["response_urls"]

    assert (offered["block_id"], offered["action_id"]) == ("name", "where")
    assert api.post(offered["response_url"], {"text": "all", "response_type": "in_channel"}) == (200, "ok")
    assert [message.text for message in ada.messages("general")] == ["all"]


def test_no_more_than_wanted_can_be_chosen(ada: Person, desk: Desk, show: Callable[[Json], ShownView]) -> None:
    """max_selected_items is looked at before anything is sent."""
    element = {
        "type": "multi_static_select",
        "action_id": "pick",
        "options": [option("A"), option("B")],
        "max_selected_items": 1,
    }
    view = show(modal(field_of(element)))
    ada.fill(view, {"Name": ["A", "B"]})

    assert ada.submit(view).errors == {"name": "Please choose at most 1."}
    assert desk.last.get("type") != "view_submission"


@pytest.mark.parametrize(
    ("answer", "count"),
    [
        ({"options": [option(f"o{n}") for n in range(100)]}, 100),
        ({"option_groups": [{"label": plain("g"), "options": [option(f"o{n}") for n in range(100)]}]}, 100),
        ({"option_groups": [{"label": plain("g"), "options": [option(f"o{n}") for n in range(101)]}]}, 0),
        ({"option_groups": [{"label": plain("g" * 76), "options": [option("o")]}]}, 0),
        ({"options": [option("o", "v" * 151)]}, 0),
        (SILENCE, 0),
    ],
    ids=["100 options", "a group of 100", "a group of 101", "a label of 76", "a value of 151", "silence"],
)
def test_a_hundred_suggestions_are_the_most(
    ada: Person, desk: Desk, show: Callable[[Json], ShownView], answer: Any, count: int
) -> None:
    """More, or longer ones, are "No results" (slack.md 3.3)."""
    view = show(modal(field_of({"type": "external_select", "action_id": "m", "min_query_length": 0})))
    desk.by_kind["block_suggestion"] = answer

    assert len(ada.type_in_select(view, "Name", "")) == count


# ---- files


def test_bytes_are_taken_once_and_whole(workspace: Workspace, api: Api) -> None:
    """An upload of another length is refused, and so is a second one to the same address."""
    offer = api.call("files.getUploadURLExternal", filename="use.png", length=str(len(PNG))).body
    url = offer["upload_url"]

    statuses = [requests.post(url, data=content, timeout=5).status_code for content in (PNG + b"!", PNG, PNG)]

    assert statuses == [400, 200, 400]
    assert workspace.uploads.files[offer["file_id"]].content == PNG


def test_a_file_without_bytes_cannot_be_completed(api: Api) -> None:
    """Nor can one of no length be announced."""
    offer = api.call("files.getUploadURLExternal", filename="use.png", length="9").body

    assert api.call("files.completeUploadExternal", files=[{"id": offer["file_id"]}]).error == "file_not_found"
    assert api.call("files.getUploadURLExternal", filename="use.png", length="0").error == "invalid_arguments"


# ---- the composer


def test_read_only_direct_messages_have_no_composer() -> None:
    """With messages_tab_read_only_enabled neither texts nor commands can be typed there; channels have theirs."""
    with Workspace(AppSettings(messages_read_only=True)) as workspace, connected(workspace, acknowledge):
        ada = workspace.add_user("ada")
        workspace.add_channel("general", ["ada"])

        with pytest.raises(Refused, match="nothing can be typed"):
            ada.say("hello")
        with pytest.raises(Refused, match="nothing can be typed"):
            ada.command("/ai4os")
        assert ada.command("/ai4os", channel="general").acked


def test_the_manifest_says_whether_there_is_a_composer() -> None:
    """messages_tab_read_only_enabled is false where it does not stand."""
    names = {"display_information": {"name": "AI4OS"}}
    read_only = {**names, "features": {"app_home": {"messages_tab_read_only_enabled": True}}}

    found = [AppSettings.from_manifest(manifest).messages_read_only for manifest in (names, read_only)]

    assert found == [False, True]


# ---- tiers and scopes (slack.md 7.1 and 8)

TIERS = {
    Tier.SPECIAL: ("chat.postMessage", "auth.test", "chat.getPermalink"),
    Tier.FOUR: (
        *("views.open", "views.update", "views.push", "views.publish", "chat.postEphemeral", "users.info"),
        *("conversations.members", "files.getUploadURLExternal", "files.completeUploadExternal"),
    ),
    Tier.THREE: (
        *("chat.update", "chat.delete", "conversations.open", "conversations.info", "conversations.replies"),
        *("conversations.history", "team.info", "bots.info", "users.lookupByEmail", "apps.connections.open"),
    ),
    Tier.TWO: ("conversations.list", "users.list", "usergroups.list", "usergroups.users.list"),
}
SCOPES = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "chat.postEphemeral": "chat:write",
    "conversations.open": "im:write",
    "users.info": "users:read",
    "users.list": "users:read",
    "users.lookupByEmail": "users:read.email",
    "usergroups.list": "usergroups:read",
    "usergroups.users.list": "usergroups:read",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "team.info": "team:read",
    "dnd.info": "dnd:read",
}


@pytest.mark.parametrize(("tier", "name"), [(tier, name) for tier, names in TIERS.items() for name in names])
def test_methods_stand_in_slacks_tiers(tier: Tier, name: str) -> None:
    """As its reference lists them (slack.md 7.1)."""
    assert METHODS[name].tier is tier


@pytest.mark.parametrize(("name", "scope"), SCOPES.items())
def test_methods_want_their_scope(name: str, scope: str) -> None:
    """An app without it is answered missing_scope, whatever else it sends."""
    with Workspace(AppSettings(scopes=frozenset({"commands"}))) as workspace, api_of(workspace) as api:
        answer = api.call(name)

    assert (answer.error, answer.body["needed"]) == ("missing_scope", scope)
