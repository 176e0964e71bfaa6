"""The users.*, usergroups.*, conversations.*, team.* and dnd.* methods."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from playground.slack.methods import MethodCall, method
from playground.slack.rate_limits import Tier
from playground.slack.records import Account, Conversation, Message, UserGroup
from playground.slack.wire import Json, SlackError, invalid_arguments

T = TypeVar("T")
_PAGE = 1000


@method("users.info", Tier.FOUR, scope="users:read", readable=True)
def users_info(call: MethodCall) -> Json:
    """Return one account."""
    account = call.state.accounts.get(call.required("user"))
    if account is None:
        raise SlackError("user_not_found")
    return {"user": user_object(call, account)}


@method("users.lookupByEmail", Tier.THREE, scope="users:read.email", readable=True)
def users_lookup_by_email(call: MethodCall) -> Json:
    """Return the active account with an e-mail address."""
    wanted = call.required("email").lower()
    for account in call.state.accounts.values():
        if account.email and account.email.lower() == wanted and not account.deleted:
            return {"user": user_object(call, account)}
    raise SlackError("users_not_found")


@method("users.list", Tier.TWO, scope="users:read", readable=True)
def users_list(call: MethodCall) -> Json:
    """Return the accounts, page by page."""
    return _page(call, "members", list(call.state.accounts.values()), lambda a: user_object(call, a))


@method("usergroups.list", Tier.TWO, scope="usergroups:read", readable=True)
def usergroups_list(call: MethodCall) -> Json:
    """Return the user groups."""
    with_users, with_disabled = call.flag("include_users"), call.flag("include_disabled")
    groups = [g for g in call.state.usergroups.values() if with_disabled or not g.is_disabled]
    return {"usergroups": [_usergroup_object(call, group, with_users=with_users) for group in groups]}


@method("usergroups.users.list", Tier.TWO, scope="usergroups:read", readable=True)
def usergroups_users_list(call: MethodCall) -> Json:
    """Return the members of a user group."""
    group = call.state.usergroups.get(call.required("usergroup"))
    if group is None or (group.is_disabled and not call.flag("include_disabled")):
        raise SlackError("no_such_subteam")
    return {"users": list(group.members)}


@method("conversations.open", Tier.THREE, scope="im:write")
def conversations_open(call: MethodCall) -> Json:
    """Open the direct messages with one person, or return a conversation that is open."""
    channel, users = call.text("channel"), [u for u in call.text("users").split(",") if u]
    if channel:
        conversation = call.state.conversations.get(channel)
        if conversation is None:
            raise SlackError("channel_not_found")
        return {"channel": {"id": conversation.id}}
    if not users:
        raise SlackError("users_list_not_supplied")
    account = call.state.accounts.get(users[0])
    if account is None or len(users) > 1:
        raise SlackError("user_not_found")
    if account.deleted:
        raise SlackError("user_disabled")
    known = any(c.partner == account.id for c in call.state.conversations.values())
    conversation = call.rooms.talk.dm(account.id)
    shown = _conversation_object(call, conversation) if call.flag("return_im") else {"id": conversation.id}
    return {"channel": shown, **({"no_op": True, "already_open": True} if known else {})}


@method("conversations.info", Tier.THREE, readable=True)
def conversations_info(call: MethodCall) -> Json:
    """Return one conversation."""
    return {"channel": _conversation_object(call, _conversation(call, "read"))}


@method("conversations.members", Tier.FOUR, readable=True)
def conversations_members(call: MethodCall) -> Json:
    """Return the members of a conversation, page by page."""
    return _page(call, "members", sorted(_conversation(call, "read").members), lambda member: member)


@method("conversations.list", Tier.TWO, readable=True)
def conversations_list(call: MethodCall) -> Json:
    """Return the conversations of the wanted types, page by page."""
    kinds = {"public_channel": "public", "private_channel": "private", "im": "im"}
    wanted = {kinds.get(t.strip(), "") for t in (call.text("types") or "public_channel").split(",")}
    bot = call.state.identity.bot_user_id
    hits = [
        c
        for c in call.state.conversations.values()
        if c.kind in wanted and (c.kind == "public" or bot in c.members)
        if not (c.is_archived and call.flag("exclude_archived"))
    ]
    return _page(call, "channels", hits, lambda c: _conversation_object(call, c))


@method("conversations.history", Tier.THREE, readable=True)
def conversations_history(call: MethodCall) -> Json:
    """Return the messages of a conversation, newest first."""
    conversation = _conversation(call, "history")
    if call.state.identity.bot_user_id not in conversation.members:
        raise SlackError("not_in_channel")
    oldest, latest = call.text("oldest"), call.text("latest")
    top = [m for m in conversation.messages if m.only_for is None and m.thread_ts in {None, m.ts}]
    hits = [m for m in reversed(top) if _in_window(m, oldest, latest, inclusive=call.flag("inclusive"))]
    page = _page(call, "messages", hits, lambda m: _message_object(call, m))
    return {**page, "has_more": bool(page["response_metadata"]["next_cursor"])}


@method("conversations.replies", Tier.THREE, readable=True)
def conversations_replies(call: MethodCall) -> Json:
    """Return a thread, its parent first."""
    conversation, ts = _conversation(call, "history"), call.required("ts")
    hits = [m for m in conversation.messages if m.only_for is None and ts in {m.ts, m.thread_ts}]
    if not hits:
        raise SlackError("thread_not_found")
    page = _page(call, "messages", hits, lambda m: _message_object(call, m))
    return {**page, "has_more": bool(page["response_metadata"]["next_cursor"])}


@method("team.info", Tier.THREE, scope="team:read", readable=True)
def team_info(call: MethodCall) -> Json:
    """Return the workspace's name and domain."""
    identity = call.state.identity
    return {"team": {"id": identity.team_id, "name": identity.team_name, "domain": identity.team_domain}}


@method("dnd.info", Tier.THREE, scope="dnd:read", readable=True)
def dnd_info(call: MethodCall) -> Json:
    """Return a person's do-not-disturb hours; what they have snoozed is told to themselves alone."""
    user = call.text("user")
    if user and user not in call.state.accounts:
        raise SlackError("user_not_found")
    quiet = call.state.quiet.get(user)
    if quiet is None:
        return {"dnd_enabled": False, "next_dnd_start_ts": 1, "next_dnd_end_ts": 1}
    begins, ends = int(quiet.begins.timestamp()), int(quiet.ends.timestamp())
    return {"dnd_enabled": True, "next_dnd_start_ts": begins, "next_dnd_end_ts": ends}


def user_object(call: MethodCall, account: Account) -> Json:
    """Return the user object; the e-mail needs its own scope."""
    offset = call.state.clock.now().astimezone(ZoneInfo(account.tz)).utcoffset() or timedelta(0)
    profile: Json = {
        "real_name": account.real_name,
        "display_name": account.name,
        "real_name_normalized": account.real_name,
        "display_name_normalized": account.name,
        "team": account.team_id,
    }
    if account.email and call.has_scope("users:read.email"):
        profile["email"] = account.email
    return {
        "id": account.id,
        "team_id": account.team_id,
        "name": account.name,
        "real_name": account.real_name,
        "deleted": account.deleted,
        "tz": account.tz,
        "tz_label": account.tz,
        "tz_offset": int(offset.total_seconds()),
        "profile": profile,
        "is_admin": False,
        "is_owner": False,
        "is_bot": account.is_bot,
        "is_app_user": False,
        "is_restricted": account.is_restricted,
        "is_ultra_restricted": account.is_ultra_restricted,
        "is_stranger": account.team_id != call.state.identity.team_id,
        "updated": int(call.state.clock.now().timestamp()),
    }


def _usergroup_object(call: MethodCall, group: UserGroup, *, with_users: bool) -> Json:
    shown: Json = {
        "id": group.id,
        "team_id": call.state.identity.team_id,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "description": "",
        "date_delete": int(group.is_disabled),
        "user_count": len(group.members),
    }
    return {**shown, "users": list(group.members)} if with_users else shown


def _conversation(call: MethodCall, right: str) -> Conversation:
    conversation = call.state.conversations.get(call.required("channel"))
    if conversation is None:
        raise SlackError("channel_not_found")
    prefix = {"im": "im", "public": "channels", "private": "groups"}[conversation.kind]
    call.need_scope(f"{prefix}:{right}")
    if conversation.kind == "private" and call.state.identity.bot_user_id not in conversation.members:
        raise SlackError("channel_not_found")
    return conversation


def _conversation_object(call: MethodCall, conversation: Conversation) -> Json:
    shared: Json = {"id": conversation.id, "is_archived": conversation.is_archived}
    if conversation.kind == "im":
        return {**shared, "is_im": True, "user": conversation.partner}
    return {
        **shared,
        "name": conversation.name,
        "is_channel": conversation.kind == "public",
        "is_private": conversation.kind == "private",
        "is_im": False,
        "is_member": call.state.identity.bot_user_id in conversation.members,
        "num_members": len(conversation.members),
    }


def _message_object(call: MethodCall, message: Message) -> Json:
    shown = call.rooms.talk.wire(message)
    if not call.flag("include_all_metadata"):
        shown.pop("metadata", None)
    return shown


def _in_window(message: Message, oldest: str, latest: str, *, inclusive: bool) -> bool:
    ts = float(message.ts)
    if inclusive:
        return (not oldest or ts >= float(oldest)) and (not latest or ts <= float(latest))
    return (not oldest or ts > float(oldest)) and (not latest or ts < float(latest))


def _page(call: MethodCall, name: str, items: Sequence[T], show: Callable[[T], object]) -> Json:
    limit = min(call.number("limit", _PAGE) or _PAGE, _PAGE)
    cursor = call.text("cursor")
    if cursor and not cursor.removeprefix("from-").isdigit():
        raise SlackError("invalid_cursor")
    start = int(cursor.removeprefix("from-")) if cursor else 0
    following = f"from-{start + limit}" if start + limit < len(items) else ""
    if limit < 1:
        raise invalid_arguments("must be greater than 0 [json-pointer:/limit]")
    shown = [show(item) for item in items[start : start + limit]]
    return {name: shown, "response_metadata": {"next_cursor": following}}
