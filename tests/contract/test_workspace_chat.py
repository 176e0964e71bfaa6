"""The workspace's messages: posting, editing, deleting, ephemerals, metadata and response URLs.

Sources: slack.md 2.2 and 4.1 (rules), 7.2 (codes), 9.2 items 4 and 8 (shapes), the method reference they cite.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from playground.clock import Clock
from playground.slack import AppSettings, Person, Refused, Workspace
from tests.contract.workspace_app import Api, Json, actions, api_of, button, connected, section

METADATA = {"event_type": "deployment", "event_payload": {"job": "a1"}}


@pytest.fixture
def clock() -> Clock:
    """Give a clock that stands still."""
    return Clock(frozen=True)


@pytest.fixture
def workspace(clock: Clock) -> Iterator[Workspace]:
    """Give a workspace with Ada, Bob and some channels."""
    with Workspace(clock=clock, rate_limits=False) as made:
        made.add_user("ada")
        made.add_user("bob")
        made.add_channel("general", ["ada"])
        made.add_channel("elsewhere", ["ada"], with_app=False)
        made.add_channel("secret", ["bob"], is_private=True, with_app=False)
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


def test_a_post_to_a_person_opens_the_direct_messages(api: Api, ada: Person) -> None:
    """The answer holds the D-id, not the user id, and the whole message."""
    body = api.call("chat.postMessage", channel=ada.id, text="hello", metadata=METADATA).body

    assert body["channel"] == ada.dm
    assert body["ts"] == body["message"]["ts"] == ada.messages()[0].ts
    assert (body["message"]["text"], body["message"]["metadata"]) == ("hello", METADATA)
    assert body["message"]["bot_id"].startswith("B")


def test_blocks_get_ids_and_defaults(api: Api, ada: Person) -> None:
    """Slack's server fills in missing block_ids and the defaults of texts."""
    body = api.call("chat.postMessage", channel=ada.id, text="t", blocks=[section("hi")]).body

    block = body["message"]["blocks"][0]
    assert block["block_id"]
    assert block["text"] == {"type": "mrkdwn", "text": "hi", "verbatim": False}


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"text": "t"}, "invalid_arguments"),
        ({"channel": "C0NONE", "text": "t"}, "channel_not_found"),
        ({"channel": "U0NONE", "text": "t"}, "channel_not_found"),
        ({"channel": "general"}, "no_text"),
        ({"channel": "general", "text": ""}, "no_text"),
        ({"channel": "elsewhere", "text": "t"}, "not_in_channel"),
        ({"channel": "secret", "text": "t"}, "channel_not_found"),
        ({"channel": "general", "attachments": [{"text": "a"}] * 101}, "too_many_attachments"),
        ({"channel": "general", "text": "t", "markdown_text": "m"}, "markdown_text_conflict"),
        ({"channel": "general", "text": "t", "metadata": "{"}, "invalid_metadata_format"),
        ({"channel": "general", "text": "t", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        (
            {"channel": "general", "text": "t", "metadata": {"event_type": "x", "event_payload": {"a": "b" * 16_000}}},
            "metadata_too_large",
        ),
    ],
)
def test_a_post_can_be_refused(api: Api, arguments: dict[str, Any], error: str) -> None:
    """chat.postMessage with the codes of its reference."""
    assert api.call("chat.postMessage", **arguments).error == error


def test_archived_channels_and_switched_off_tabs(workspace: Workspace, api: Api) -> None:
    """is_archived for a channel, messages_tab_disabled for a person when the manifest has the tab off."""
    channel = workspace.add_channel("old")
    workspace.archive_channel(channel)
    with Workspace(AppSettings(messages_tab=False)) as other, api_of(other) as caller:
        refused = caller.call("chat.postMessage", channel=other.add_user("ada").id, text="t")

    assert api.call("chat.postMessage", channel=channel, text="t").error == "is_archived"
    assert refused.error == "messages_tab_disabled"


def test_a_very_long_text_is_cut_with_a_warning(api: Api, ada: Person) -> None:
    """Over 40,000 characters: ok, cut, and warned of (changelog 2018-04)."""
    body = api.call("chat.postMessage", channel=ada.id, text="x" * 40_001).body

    assert body["response_metadata"]["warnings"] == ["message_truncated"]
    assert len(body["message"]["text"]) == 40_000


def test_a_customised_post_to_a_person_is_noted(workspace: Workspace, api: Api, ada: Person) -> None:
    """With username or icon_* it would land in Slackbot's messages (chat.postMessage reference)."""
    api.call("chat.postMessage", channel=ada.id, text="t", username="Someone")

    assert [problem.kind for problem in workspace.problems] == ["disguised_direct_message"]


def test_an_edit_replaces_text_and_blocks(api: Api, ada: Person) -> None:
    """chat.update answers channel, ts, text and message; the message keeps its ts and its metadata."""
    posted = api.call("chat.postMessage", channel=ada.id, text="a", blocks=[section("a")], metadata=METADATA).body

    body = api.call("chat.update", channel=posted["channel"], ts=posted["ts"], text="b", blocks=[section("*b*")]).body

    assert (body["channel"], body["ts"], body["text"]) == (ada.dm, posted["ts"], "b")
    assert body["message"]["metadata"] == METADATA
    assert [(m.ts, m.text, m.notification) for m in ada.messages()] == [(posted["ts"], "b", "b")]
    assert ada.messages()[0].edited_ts is not None


def test_an_empty_metadata_removes_the_old(api: Api, ada: Person) -> None:
    """Omitted it stays, an empty object takes it away (chat.update reference)."""
    posted = api.call("chat.postMessage", channel=ada.id, text="a", metadata=METADATA).body

    api.call("chat.update", channel=ada.dm, ts=posted["ts"], text="b", metadata={})

    assert ada.messages()[0].metadata is None


def test_edits_can_be_refused(workspace: Workspace, api: Api, ada: Person) -> None:
    """Only own messages, only by D- or C-id, at most 4000 characters."""
    posted = api.call("chat.postMessage", channel=ada.id, text="a").body
    said = ada.say("mine")

    def edit(**changes: str) -> str | None:
        return api.call("chat.update", **{"channel": ada.dm, "ts": posted["ts"], "text": "b", **changes}).error

    assert edit(channel=ada.id) == "channel_not_found"
    assert edit(ts="1.000001") == "message_not_found"
    assert edit(ts=said.ts) == "cant_update_message"
    assert edit(text="x" * 4001) == "msg_too_long"
    assert edit(text="") == "no_text"
    assert edit(text="x" * 4000) is None
    assert workspace.problems == ()


def test_deleting(api: Api, ada: Person) -> None:
    """chat.delete takes own messages; the parent of a thread leaves a tombstone."""
    alone = api.call("chat.postMessage", channel=ada.id, text="alone").body["ts"]
    parent = api.call("chat.postMessage", channel=ada.id, text="parent").body["ts"]
    api.call("chat.postMessage", channel=ada.id, text="child", thread_ts=parent)
    said = ada.say("mine")

    deleted = [api.call("chat.delete", channel=ada.dm, ts=ts).body["ok"] for ts in (alone, parent)]

    assert deleted == [True, True]
    assert [m.text for m in ada.messages()] == ["This message was deleted.", "child", "mine"]
    assert api.call("chat.delete", channel=ada.dm, ts=alone).error == "message_not_found"
    assert api.call("chat.delete", channel=ada.dm, ts=said.ts).error == "cant_delete_message"


def test_threads_are_told_apart() -> None:
    """A thread's children are in conversations.replies, not in the history."""
    with Workspace(rate_limits=False) as workspace, api_of(workspace) as api:
        ada = workspace.add_user("ada")
        parent = api.call("chat.postMessage", channel=ada.id, text="parent").body["ts"]
        api.call("chat.postMessage", channel=ada.id, text="child", thread_ts=parent)

        history = api.call("conversations.history", channel=ada.dm).body["messages"]
        replies = api.call("conversations.replies", channel=ada.dm, ts=parent).body["messages"]

        assert [message["text"] for message in history] == ["parent"]
        assert [message["text"] for message in replies] == ["parent", "child"]
        assert api.call("conversations.replies", channel=ada.dm, ts="1.0").error == "thread_not_found"


def test_an_ephemeral_is_for_one_member(workspace: Workspace, api: Api, ada: Person) -> None:
    """chat.postEphemeral answers message_ts only; nobody else sees it and nobody can edit it."""
    general = workspace.state.conversations
    channel = next(c.id for c in general.values() if c.name == "general")
    body = api.call("chat.postEphemeral", channel=channel, user=ada.id, text="psst").body

    assert set(body) == {"ok", "message_ts"}
    assert [m.is_ephemeral for m in ada.messages("general")] == [True]
    assert workspace.person("bob").messages("general") == ()
    assert api.call("chat.update", channel=channel, ts=body["message_ts"], text="x").error == "message_not_found"
    bob = workspace.person("bob").id
    assert api.call("chat.postEphemeral", channel=channel, user=bob, text="x").error == "user_not_in_channel"


def test_a_permalink_names_channel_and_message(api: Api, ada: Person) -> None:
    """chat.getPermalink needs an existing message."""
    ts = api.call("chat.postMessage", channel=ada.id, text="a").body["ts"]

    link = api.call("chat.getPermalink", channel=ada.dm, message_ts=ts).body["permalink"]

    assert link.endswith(f"/archives/{ada.dm}/p{ts.replace('.', '')}")
    assert api.call("chat.getPermalink", channel=ada.dm, message_ts="1.0").error == "message_not_found"


def test_unfurling_is_remembered(api: Api, ada: Person) -> None:
    """Tests can see whether a post switched unfurling off."""
    api.call("chat.postMessage", channel=ada.id, text="a", unfurl_links=False, unfurl_media=False)
    api.call("chat.postMessage", channel=ada.id, text="b")

    assert [(m.unfurl_links, m.unfurl_media) for m in ada.messages()] == [(False, False), (None, None)]


# ---- response_url


def command_url(workspace: Workspace, ada: Person) -> str:
    """Let Ada type a command and return its response_url."""
    with connected(workspace) as app:
        ada.command("/ai4os", channel="general")
    return str(app.frames[0]["payload"]["response_url"])


def click_url(workspace: Workspace, message_ts: str, ada: Person) -> str:
    """Let Ada click the button of a message and return the response_url."""
    with connected(workspace) as app:
        ada.click(ada.message(message_ts))
    return str(app.frames[0]["payload"]["response_url"])


def test_a_response_url_posts_for_one_or_for_all(workspace: Workspace, api: Api, ada: Person) -> None:
    """Ephemeral by default, in_channel for everybody; bot membership does not matter."""
    url = command_url(workspace, ada)

    answers = [api.post(url, {"text": "psst"}), api.post(url, {"text": "all", "response_type": "in_channel"})]

    assert answers == [(200, "ok"), (200, "ok")]
    assert [(m.text, m.is_ephemeral) for m in ada.messages("general")] == [("psst", True), ("all", False)]


def test_a_commands_response_url_replaces_nothing(workspace: Workspace, api: Api, ada: Person) -> None:
    """replace_original has no original there and posts anew (bolt-js#2287, bolt-python#1268)."""
    url = command_url(workspace, ada)

    api.post(url, {"text": "one"})
    api.post(url, {"text": "two", "replace_original": True})

    assert [m.text for m in ada.messages("general")] == ["one", "two"]


def test_a_response_url_works_five_times(workspace: Workspace, api: Api, ada: Person) -> None:
    """The sixth post answers 404 used_url."""
    url = command_url(workspace, ada)

    answers = [api.post(url, {"text": str(n)}) for n in range(6)]

    assert answers == [(200, "ok")] * 5 + [(404, "used_url")]
    assert [call.status for call in workspace.calls_of("response_url")] == [200] * 5 + [404]


def test_a_response_url_lives_half_an_hour(workspace: Workspace, api: Api, ada: Person, clock: Clock) -> None:
    """After 30 minutes 404 expired_url, at 30 minutes still good."""
    url = command_url(workspace, ada)

    clock.advance(timedelta(minutes=30))
    in_time = api.post(url, {"text": "a"})
    clock.advance(timedelta(seconds=1))

    assert (in_time, api.post(url, {"text": "b"})) == ((200, "ok"), (404, "expired_url"))


@pytest.mark.parametrize("flags", [{"replace_original": True}, {"replace_original": "true"}, {}])
def test_a_clicks_response_url_replaces_the_message(workspace: Workspace, api: Api, ada: Person, flags: Json) -> None:
    """A click's answer replaces by default or when told so (slack-go#428, botkit#444)."""
    ts = api.call("chat.postMessage", channel=ada.id, text="a", blocks=[actions(button())]).body["ts"]
    url = click_url(workspace, ts, ada)

    api.post(url, {"text": "done", **flags})

    assert [(m.ts, m.text) for m in ada.messages()] == [(ts, "done")]


@pytest.mark.parametrize("body", [{"replace_original": False}, {"replace_original": "false"}, {"thread_ts": "1.1"}])
def test_a_clicks_response_url_can_leave_the_message(workspace: Workspace, api: Api, ada: Person, body: Json) -> None:
    """With replace_original false, or in a thread, the answer is a new ephemeral message."""
    ts = api.call("chat.postMessage", channel=ada.id, text="a", blocks=[actions(button())]).body["ts"]
    url = click_url(workspace, ts, ada)

    api.post(url, {"text": "new", **body})

    assert [m.is_ephemeral for m in ada.messages()] == [False, True]


def test_only_a_response_url_reaches_an_ephemeral(workspace: Workspace, api: Api, ada: Person) -> None:
    """The click on an ephemeral carries no message, and its response_url deletes it."""
    ts = api.call("chat.postEphemeral", channel=ada.dm, user=ada.id, text="a", blocks=[actions(button())]).body[
        "message_ts"
    ]
    with connected(workspace) as app:
        ada.click(ada.message(ts))
    payload = app.frames[0]["payload"]

    api.post(payload["response_url"], {"delete_original": True})

    assert "message" not in payload
    assert payload["container"]["is_ephemeral"] is True
    assert ada.messages() == ()


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ([], (400, "invalid_payload")),
        ({}, (400, "no_text")),
        ({"blocks": [{"type": "section"}]}, (400, "invalid_blocks")),
    ],
)
def test_a_bad_body_is_refused(
    workspace: Workspace, api: Api, ada: Person, body: object, answer: tuple[int, str]
) -> None:
    """What cannot be shown answers 400 with the reason."""
    assert api.post(command_url(workspace, ada), body) == answer


def test_an_unknown_response_url(workspace: Workspace, api: Api) -> None:
    """Nothing is posted to an address that was never given out."""
    url = workspace.api_url.replace("/api/", f"/actions/{workspace.team_id}/made-up")

    assert api.post(url, {"text": "a"}) == (404, "invalid_url")


PNG = b"\x89PNG\r\n\x1a\n and so on"


def picture(file: str) -> Json:
    """Return the block of a picture that Slack has."""
    return {"type": "image", "alt_text": "GPU use", "slack_file": {"id": file}}


def uploaded(api: Api, content: bytes = PNG, *, is_complete: bool = True) -> str:
    """Upload a file that nobody has seen yet, and return its id."""
    offer = api.call("files.getUploadURLExternal", filename="use.png", length=str(len(content)), alt_txt="GPU use").body
    assert requests.post(offer["upload_url"], data=content, timeout=5).ok
    if is_complete:
        api.call("files.completeUploadExternal", files=[{"id": offer["file_id"]}])
    return str(offer["file_id"])


def test_a_picture_that_slack_has_shows_in_a_message(api: Api, ada: Person) -> None:
    """A file that was completed without a channel can be shown in blocks, and its reader sees it."""
    file = uploaded(api)

    posted = api.call("chat.postMessage", channel=ada.id, text="use", blocks=[section("use"), picture(file)])

    (message,) = ada.messages()
    assert posted.body["ok"]
    assert ada.picture(message) == PNG
    assert "[image: GPU use]" in message.text


def test_a_picture_that_slack_cannot_show_is_refused(api: Api, ada: Person) -> None:
    """Unknown, not completed, or no picture: the texts are Slack's (java-slack-sdk#1349, python-slack-sdk#1521)."""
    files = ["F0NOBODY1", uploaded(api, is_complete=False), uploaded(api, b"plain text")]

    answers = [
        api.call("chat.postMessage", channel=ada.id, text="use", blocks=[section("use"), picture(file)])
        for file in files
    ]
    strange = api.call("chat.postMessage", channel=ada.id, text="use", blocks=[picture("use.png")])

    assert {answer.error for answer in answers} == {"invalid_blocks"}
    assert {line for answer in answers for line in answer.messages} == {
        "[ERROR] invalid slack file [json-pointer:/blocks/1/slack_file]"
    }
    assert strange.messages == [
        "[ERROR] input must match regex pattern: ^[F][A-Z0-9]{8,}$ [json-pointer:/blocks/0/slack_file/id]"
    ]
    assert ada.messages() == ()


def test_a_picture_shows_a_moment_after_it_was_completed(workspace: Workspace, api: Api, ada: Person) -> None:
    """Slack goes on working on it; the same blocks are taken a little later."""
    workspace.uploads.unready = 1
    blocks = [picture(uploaded(api))]

    tries = [api.call("chat.postMessage", channel=ada.id, text="use", blocks=blocks).error for _ in range(2)]

    assert tries == ["invalid_blocks", None]
    assert len(ada.messages()) == 1


def test_nobody_sees_a_picture_where_there_is_none(api: Api, ada: Person) -> None:
    """The driver says what the message shows instead."""
    api.call("chat.postMessage", channel=ada.id, text="only words")

    with pytest.raises(Refused, match="only words"):
        ada.picture(ada.messages()[0])


def test_the_history_has_metadata_on_demand_page_by_page(api: Api, ada: Person) -> None:
    """The newest first, no older than asked for, and a cursor until the last page."""
    stamps = [
        api.call("chat.postMessage", channel=ada.id, text=str(number), metadata=METADATA).body["ts"]
        for number in range(5)
    ]
    asked = {"channel": ada.dm, "oldest": stamps[1], "inclusive": True, "limit": "3"}

    first = api.call("conversations.history", **asked, include_all_metadata=True).body
    cursor = first["response_metadata"]["next_cursor"]
    second = api.call("conversations.history", **asked, cursor=cursor).body

    assert [message["text"] for message in first["messages"]] == ["4", "3", "2"]
    assert [message.get("metadata") for message in first["messages"]] == [METADATA] * 3
    assert [(message["text"], "metadata" in message) for message in second["messages"]] == [("1", False)]
    assert (first["has_more"], second["has_more"]) == (True, False)
