"""Trigger ids and response URLs: the short-lived rights that an interaction gives to the app."""

import secrets
from datetime import timedelta

from playground.slack.records import ResponseUrl, Trigger
from playground.slack.state import State
from playground.slack.wire import SlackError

TRIGGER_LIFE = timedelta(seconds=3)
RESPONSE_URL_LIFE = timedelta(minutes=30)
RESPONSE_URL_USES = 5


def issue_trigger(state: State, user: str, view_id: str | None = None) -> Trigger:
    """Give out a trigger id for one interaction; `view_id` is the modal it came from."""
    trigger = Trigger(id=state.ids.trigger(), user=user, issued_at=state.clock.now(), view_id=view_id)
    state.triggers[trigger.id] = trigger
    return trigger


def redeem_trigger(state: State, trigger_id: str) -> Trigger:
    """Use a trigger up; an unknown, used or old one is refused with Slack's code."""
    trigger = state.triggers.get(trigger_id)
    if trigger is None:
        raise SlackError("invalid_trigger_id")
    if trigger.used:
        raise SlackError("exchanged_trigger_id")
    if state.clock.now() - trigger.issued_at > TRIGGER_LIFE:
        raise SlackError("expired_trigger_id")
    trigger.used = True
    return trigger


def issue_response_url(
    state: State, *, interaction: str, user: str, channel: str, origin_ts: str | None = None, path: str = "actions"
) -> str:
    """Give out a response_url for one interaction."""
    key = secrets.token_urlsafe(18)
    state.response_urls[key] = ResponseUrl(
        key=key,
        interaction=interaction,
        user=user,
        channel=channel,
        issued_at=state.clock.now(),
        origin_ts=origin_ts,
    )
    return f"{state.base_url}/{path}/{state.identity.team_id}/{key}"


def redeem_response_url(state: State, key: str) -> ResponseUrl:
    """Count one use of a response_url; an unknown, old or used up one is refused."""
    url = state.response_urls.get(key)
    if url is None:
        raise SlackError("invalid_url")
    if state.clock.now() - url.issued_at > RESPONSE_URL_LIFE:
        raise SlackError("expired_url")
    if url.uses >= RESPONSE_URL_USES:
        raise SlackError("used_url")
    url.uses += 1
    return url
