"""The workspace's Web API: tokens, scopes, encodings, people, conversations, rate limits and faults.

Sources: slack.md 7.1 (tiers), 7.2 (codes and shapes), 9.2 (contract), and the method reference that these cite.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests

from playground.clock import Clock
from playground.slack import AppSettings, Workspace
from tests.contract.workspace_app import Api, api_of, section


@pytest.fixture
def clock() -> Clock:
    """Give a clock that stands still."""
    return Clock(frozen=True)


@pytest.fixture
def workspace(clock: Clock) -> Iterator[Workspace]:
    """Give a workspace with Ada and a channel."""
    with Workspace(clock=clock) as made:
        made.add_user("ada", email="Ada@example.org", tz="Europe/Madrid")
        made.add_channel("general", ["ada"])
        yield made


@pytest.fixture
def api(workspace: Workspace) -> Iterator[Api]:
    """Give a caller with the bot's token; another server's address would do for most cases."""
    with api_of(workspace) as made:
        yield made


@pytest.fixture
def ada(workspace: Workspace) -> str:
    """Give Ada's id."""
    return workspace.person("ada").id


@pytest.mark.parametrize(
    ("token", "method", "error"),
    [
        ("", "auth.test", "not_authed"),
        ("xoxb-wrong", "auth.test", "invalid_auth"),
        ("xapp-wrong", "apps.connections.open", "invalid_auth"),
    ],
)
def test_a_bad_token_is_refused(workspace: Workspace, token: str, method: str, error: str) -> None:
    """Without a token not_authed, with an unknown one invalid_auth; HTTP stays 200."""
    with api_of(workspace, token) as api:
        answer = api.call(method)

    assert (answer.status, answer.body) == (200, {"ok": False, "error": error})


def test_tokens_have_kinds(workspace: Workspace, api: Api) -> None:
    """apps.connections.open wants the app's token, all else the bot's: not_allowed_token_type."""
    with api_of(workspace, workspace.app_token) as app:
        assert app.call("auth.test").error == "not_allowed_token_type"
        assert app.call("apps.connections.open").body["url"].startswith("ws://127.0.0.1:")
    assert api.call("apps.connections.open").error == "not_allowed_token_type"


def test_a_revoked_token_says_so(workspace: Workspace, api: Api) -> None:
    """token_revoked or account_inactive, as the test asks."""
    workspace.revoke_token()
    assert api.call("auth.test").error == "token_revoked"

    workspace.revoke_token("account_inactive")
    assert api.call("auth.test").error == "account_inactive"


def test_auth_test_tells_who_one_is(workspace: Workspace, api: Api) -> None:
    """auth.test names team, user and bot, and the headers tell the scopes."""
    answer = api.call("auth.test")

    assert answer.body["team_id"] == workspace.team_id
    assert answer.body["user_id"] == workspace.bot_user_id
    assert answer.body["bot_id"].startswith("B")
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")


def test_the_token_may_stand_in_the_form(workspace: Workspace) -> None:
    """A token argument counts like the header, and is kept out of the log of calls."""
    with api_of(workspace, "") as api:
        assert api.call("auth.test", token=workspace.bot_token).body["ok"]

    assert workspace.bot_token not in repr(workspace.calls)


def test_unknown_methods_and_bad_json(workspace: Workspace, api: Api) -> None:
    """unknown_method, and invalid_json or json_not_object for a body that is none."""
    headers = {"Content-Type": "application/json"}

    assert api.call("chat.shout").error == "unknown_method"
    assert requests.post(workspace.api_url + "auth.test", data="{", headers=headers, timeout=5).json() == {
        "ok": False,
        "error": "invalid_json",
    }
    assert api.send("POST", "auth.test", json=[1]).error == "json_not_object"


def test_three_encodings_mean_the_same(api: Api, ada: str) -> None:
    """JSON bodies, forms with JSON inside and, for reading, GET (slack.md 9.2 item 1)."""
    blocks = [section("hello")]

    as_form = api.call("chat.postMessage", channel=ada, text="t", blocks=blocks)
    as_json = api.call_json("chat.postMessage", channel=ada, text="t", blocks=blocks)
    by_get = api.send("GET", "users.info", params={"user": ada})

    assert as_form.body["message"]["blocks"][0]["text"] == as_json.body["message"]["blocks"][0]["text"]
    assert by_get.body["user"]["id"] == ada
    assert api.send("GET", "chat.postMessage", params={"channel": ada, "text": "t"}).body["ok"] is False


def test_a_missing_scope_is_named() -> None:
    """missing_scope tells what is needed and what was granted."""
    with Workspace(AppSettings(scopes=frozenset({"commands", "chat:write"}))) as workspace, api_of(workspace) as api:
        answer = api.call("users.list")

    assert answer.body == {
        "ok": False,
        "error": "missing_scope",
        "needed": "users:read",
        "provided": "chat:write,commands",
    }


def test_the_email_has_its_own_scope() -> None:
    """Without users:read.email a profile has no e-mail and lookup is refused."""
    with Workspace(AppSettings(scopes=frozenset({"users:read"}))) as workspace, api_of(workspace) as api:
        ada = workspace.add_user("ada")

        assert "email" not in api.call("users.info", user=ada.id).body["user"]["profile"]
        assert api.call("users.lookupByEmail", email="ada@example.org").error == "missing_scope"


def test_people_are_told_apart(workspace: Workspace, api: Api, ada: str) -> None:
    """users.info tells guests, bots, leavers and strangers from members, with zone and e-mail."""
    guest = workspace.add_user("guest", is_restricted=True)
    robot = workspace.add_user("robot", is_bot=True)
    stranger = workspace.add_user("stranger", team_id="T0ELSEWHERE")
    workspace.change_user("guest", deleted=True)

    member = api.call("users.info", user=ada).body["user"]

    assert (member["tz"], member["profile"]["email"]) == ("Europe/Madrid", "Ada@example.org")
    assert (member["is_bot"], member["is_restricted"], member["deleted"]) == (False, False, False)
    assert api.call("users.info", user=guest.id).body["user"]["is_restricted"]
    assert api.call("users.info", user=guest.id).body["user"]["deleted"]
    assert api.call("users.info", user=robot.id).body["user"]["is_bot"]
    assert api.call("users.info", user=stranger.id).body["user"]["team_id"] == "T0ELSEWHERE"
    assert api.call("users.info", user="U0NOBODY").error == "user_not_found"


def test_people_are_found_by_email(workspace: Workspace, api: Api, ada: str) -> None:
    """users.lookupByEmail is case-blind and does not know leavers: users_not_found."""
    assert api.call("users.lookupByEmail", email="ada@EXAMPLE.org").body["user"]["id"] == ada

    workspace.change_user("ada", deleted=True)

    assert api.call("users.lookupByEmail", email="ada@example.org").error == "users_not_found"


def test_lists_come_in_pages(workspace: Workspace, api: Api) -> None:
    """users.list and its like give a cursor until the last page."""
    workspace.add_user("bob")

    first = api.call("users.list", limit="2").body
    second = api.call("users.list", limit="2", cursor=first["response_metadata"]["next_cursor"]).body

    assert [len(first["members"]), len(second["members"])] == [2, 1]
    assert second["response_metadata"]["next_cursor"] == ""
    assert api.call("users.list", cursor="nonsense").error == "invalid_cursor"


def test_user_groups(workspace: Workspace, api: Api, ada: str) -> None:
    """usergroups.list and usergroups.users.list; an unknown group is no_such_subteam."""
    group = workspace.add_usergroup("imagine", ["ada"])

    assert [g["handle"] for g in api.call("usergroups.list").body["usergroups"]] == ["imagine"]
    assert api.call("usergroups.list", include_users=True).body["usergroups"][0]["users"] == [ada]
    assert api.call("usergroups.users.list", usergroup=group).body["users"] == [ada]
    assert api.call("usergroups.users.list", usergroup="S0NONE").error == "no_such_subteam"


def test_a_user_group_changes(workspace: Workspace, api: Api) -> None:
    """Adding a group again changes its members and keeps its id."""
    group = workspace.add_usergroup("imagine", ["ada"])

    assert workspace.add_usergroup("imagine", []) == group
    assert api.call("usergroups.users.list", usergroup=group).body["users"] == []


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, "users_list_not_supplied"),
        ({"users": "U0NOBODY"}, "user_not_found"),
        ({"channel": "D0"}, "channel_not_found"),
    ],
)
def test_opening_direct_messages_can_fail(api: Api, arguments: dict[str, str], error: str) -> None:
    """conversations.open with Slack's codes."""
    assert api.call("conversations.open", **arguments).error == error


def test_direct_messages_open_once(workspace: Workspace, api: Api, ada: str) -> None:
    """conversations.open gives the same D-id again, with already_open; leavers are user_disabled."""
    first = api.call("conversations.open", users=ada).body
    second = api.call("conversations.open", users=ada).body
    workspace.change_user("ada", deleted=True)

    assert first["channel"]["id"].startswith("D")
    assert second == {**first, "no_op": True, "already_open": True}
    assert api.call("conversations.open", users=ada).error == "user_disabled"


def test_conversations_tell_members_and_history() -> None:
    """conversations.info, members, list and history follow their scopes; history is newest first, without metadata."""
    scopes = frozenset({"chat:write", "channels:read", "channels:history", "im:read", "im:history"})
    with Workspace(AppSettings(scopes=scopes)) as workspace, api_of(workspace) as api:
        ada = workspace.add_user("ada")
        channel = workspace.add_channel("general", [ada])
        metadata = {"event_type": "job", "event_payload": {"id": "1"}}
        api.call("chat.postMessage", channel=channel, text="one", metadata=metadata)
        api.call("chat.postMessage", channel=channel, text="two")

        history = api.call("conversations.history", channel=channel, limit="1").body
        everything = api.call("conversations.history", channel=channel, include_all_metadata=True).body["messages"]

        assert ([m["text"] for m in history["messages"]], history["has_more"]) == (["two"], True)
        assert [m.get("metadata") for m in everything] == [None, metadata]
        assert api.call("conversations.info", channel=channel).body["channel"]["name"] == "general"
        assert set(api.call("conversations.members", channel=channel).body["members"]) == {
            ada.id,
            workspace.bot_user_id,
        }
        assert [c["id"] for c in api.call("conversations.list").body["channels"]] == [channel]
        assert api.call("conversations.info", channel=ada.dm).body["channel"]["user"] == ada.id


def test_history_needs_the_kinds_own_scope(workspace: Workspace, api: Api) -> None:
    """A channel's history wants channels:history, direct messages im:history."""
    channel = workspace.add_channel("other")

    assert api.call("conversations.history", channel=channel).body["needed"] == "channels:history"
    assert api.call("conversations.history", channel=workspace.person("ada").dm).body["ok"]


@pytest.mark.parametrize(
    ("method", "key"),
    [("team.info", "team"), ("bots.info", "bot"), ("dnd.info", "dnd_enabled"), ("api.test", "args")],
)
def test_small_methods_answer(api: Api, method: str, key: str) -> None:
    """The rest of the methods that a bot may ask at its start."""
    assert key in api.call(method).body


@pytest.mark.parametrize(
    ("method", "allowed"),
    [("users.list", 20), ("usergroups.list", 20), ("team.info", 50), ("users.info", 100)],
)
def test_every_method_has_its_tier(api: Api, ada: str, method: str, allowed: int) -> None:
    """The call after the tier's number a minute answers 429 with Retry-After (slack.md 7.1)."""
    before = [api.call(method, user=ada).status for _ in range(allowed)]

    refused = api.call(method, user=ada)

    assert set(before) == {200}
    assert (refused.status, refused.body) == (429, {"ok": False, "error": "ratelimited"})
    assert int(refused.headers["Retry-After"]) >= 1


def test_a_limit_ends_after_its_wait(api: Api, ada: str, clock: Clock) -> None:
    """Other methods go on meanwhile, and after Retry-After the method goes on, too."""
    refusals = [api.call("users.list") for _ in range(21)]

    assert api.call("users.info", user=ada).body["ok"]
    clock.advance(timedelta(seconds=int(refusals[-1].headers["Retry-After"])))
    assert api.call("users.list").body["ok"]


def test_posts_are_limited_per_channel(workspace: Workspace, api: Api, ada: str, clock: Clock) -> None:
    """One new message a second and channel beyond a short burst; another channel is not touched."""
    statuses = [api.call("chat.postMessage", channel=ada, text=str(n)).status for n in range(6)]

    assert statuses == [200] * 5 + [429]
    assert api.call("chat.postMessage", channel="general", text="t").status == 200
    clock.advance(timedelta(seconds=1))
    assert api.call("chat.postMessage", channel=ada, text="t").status == 200
    assert len(workspace.person("ada").messages()) == 6


def test_a_refused_call_changes_nothing(workspace: Workspace, api: Api, ada: str) -> None:
    """Planned 429s and errors are answered instead of the call, each once, and are in the log of calls."""
    workspace.faults.rate_limit("chat.postMessage", retry_after=7)
    workspace.faults.refuse("chat.postMessage", "internal_error")

    limited = api.call("chat.postMessage", channel=ada, text="t")
    failed = api.call("chat.postMessage", channel=ada, text="t")
    posted = api.call("chat.postMessage", channel=ada, text="t")

    assert (limited.status, limited.headers["Retry-After"]) == (429, "7")
    assert failed.error == "internal_error"
    assert posted.body["ok"]
    assert [call.error for call in workspace.calls_of("chat.postMessage")] == ["ratelimited", "internal_error", None]
    assert len(workspace.person("ada").messages()) == 1


def test_a_lost_answer_leaves_the_message(workspace: Workspace, api: Api, ada: str) -> None:
    """drop_after processes the call and cuts the line, drop_before does not process it."""
    workspace.faults.drop_after("chat.postMessage")
    with pytest.raises(requests.ConnectionError):
        api.call("chat.postMessage", channel=ada, text="kept")
    workspace.faults.drop_before("chat.postMessage")
    with pytest.raises(requests.ConnectionError):
        api.call("chat.postMessage", channel=ada, text="lost")

    assert [message.text for message in workspace.person("ada").messages()] == ["kept"]


def test_broken_answers(workspace: Workspace, api: Api) -> None:
    """A 5xx and a page instead of JSON, on request, for any method."""
    workspace.faults.fail("*", 502)
    workspace.faults.garble("auth.test")
    url, headers = workspace.api_url + "auth.test", {"Authorization": f"Bearer {workspace.bot_token}"}

    garbled = requests.post(url, headers=headers, timeout=5)
    failed = requests.post(url, headers=headers, timeout=5)

    assert (garbled.status_code, garbled.headers["Content-Type"].split(";")[0]) == (200, "text/html")
    assert failed.status_code == 502
    assert api.call("auth.test").body["ok"]


def test_a_slow_answer_is_processed_after_the_delay(workspace: Workspace) -> None:
    """A client that gives up earlier does not know that the call is done later."""
    workspace.faults.delay("auth.test", timedelta(seconds=0.3))

    with pytest.raises(requests.Timeout):
        requests.post(workspace.api_url + "auth.test", timeout=0.1)
    workspace.wait_for(lambda: len(workspace.calls_of("auth.test")) == 1)

    assert workspace.calls_of("auth.test")[0].error == "not_authed"


def test_planned_faults_can_be_forgotten(workspace: Workspace, api: Api) -> None:
    """Faults.clear takes back what is left."""
    workspace.faults.fail("auth.test", times=5)

    workspace.faults.clear()

    assert api.call("auth.test").body["ok"]


def test_an_outage_keeps_port_and_state(workspace: Workspace, ada: str) -> None:
    """Nothing listens during an outage; afterwards the same address serves the same people."""
    with workspace.outage(), pytest.raises(requests.ConnectionError):
        requests.post(workspace.api_url + "auth.test", timeout=5)

    with api_of(workspace) as api:
        assert api.call("users.info", user=ada).body["ok"]


def test_files_are_uploaded_in_three_steps(workspace: Workspace, api: Api) -> None:
    """Get an address, post the bytes, complete with a channel: the file shows there."""
    ada = workspace.person("ada")
    offer = api.call("files.getUploadURLExternal", filename="log.txt", length="3").body
    sent = requests.post(offer["upload_url"], data=b"abc", timeout=5)
    files = [{"id": offer["file_id"], "title": "The log"}]

    done = api.call("files.completeUploadExternal", files=files, channel_id=ada.dm, initial_comment="see")

    assert (sent.status_code, done.body["files"][0]["title"]) == (200, "The log")
    assert "[file The log]" in ada.messages()[-1].text
    assert workspace.uploads.files[offer["file_id"]].content == b"abc"
    assert api.call("files.completeUploadExternal", files=[{"id": "F0NONE"}]).error == "file_not_found"


def test_quiet_hours_are_told_while_they_last(workspace: Workspace, api: Api, ada: str) -> None:
    """dnd.info tells begin and end; without any, the placeholders that Slack has, and never what is snoozed."""
    before = api.call("dnd.info", user=ada).body
    now = workspace.clock.now()
    workspace.set_quiet_hours("ada", begins=now, ends=now + timedelta(hours=9))
    during = api.call("dnd.info", user=ada).body
    workspace.end_quiet_hours("ada")

    assert (before["dnd_enabled"], before["next_dnd_start_ts"], before["next_dnd_end_ts"]) == (False, 1, 1)
    assert (during["dnd_enabled"], during["next_dnd_end_ts"] - during["next_dnd_start_ts"]) == (True, 9 * 3600)
    assert "snooze_enabled" not in during
    assert not api.call("dnd.info", user=ada).body["dnd_enabled"]
    assert api.call("dnd.info", user="U0NONE").error == "user_not_found"
