"""The views.* methods."""

from typing import Any

from playground.slack.blocks import VIEW_BYTES, view_flaws
from playground.slack.file_rules import file_flaws
from playground.slack.methods import MethodCall, method
from playground.slack.rate_limits import Tier
from playground.slack.records import Trigger, View
from playground.slack.triggers import redeem_trigger
from playground.slack.wire import Json, SlackError, byte_size, invalid_arguments


@method("views.open", Tier.FOUR)
def views_open(call: MethodCall) -> Json:
    """Open a modal with a fresh trigger."""
    view = _checked_view(call, "modal")
    call.rooms.screens.claim_external_id(view, None)
    trigger = _trigger(call)
    return _shown(call, call.rooms.screens.open(trigger, view))


@method("views.push", Tier.FOUR)
def views_push(call: MethodCall) -> Json:
    """Put a modal on top of the one the trigger came from."""
    view = _checked_view(call, "modal")
    call.rooms.screens.claim_external_id(view, None)
    trigger = _trigger(call)
    if trigger.view_id is None:
        raise SlackError("invalid_trigger_id")
    return _shown(call, call.rooms.screens.push(trigger.user, view))


@method("views.update", Tier.FOUR)
def views_update(call: MethodCall) -> Json:
    """Give an open view a new body, by view_id or external_id."""
    view_id, external_id = call.text("view_id"), call.text("external_id")
    if not view_id and not external_id:
        raise invalid_arguments("missing required field: view_id")
    shown = call.rooms.screens.find(view_id or None, external_id or None)
    body = _checked_view(call, str(shown.body["type"]) if shown else None)
    if shown is None:
        raise SlackError("not_found")
    _check_hash(call, shown)
    call.rooms.screens.replace(shown, body)
    _narrate(call, shown, "changes the form")
    return {"view": call.rooms.screens.wire(shown)}


@method("views.publish", Tier.FOUR)
def views_publish(call: MethodCall) -> Json:
    """Publish a person's Home tab."""
    user = call.required("user_id")
    view = _checked_view(call, "home")
    if not call.state.settings.home_tab:
        raise SlackError("not_enabled")
    account = call.state.accounts.get(user)
    if account is None or account.deleted:
        raise SlackError("user_not_found")
    current = call.state.homes.get(user)
    if current is not None:
        _check_hash(call, current)
    return {"view": call.rooms.screens.wire(call.rooms.screens.publish(user, view))}


def _trigger(call: MethodCall) -> Trigger:
    given = call.text("trigger_id") or call.text("interactivity_pointer")
    if not given:
        raise invalid_arguments("missing required field: trigger_id")
    return redeem_trigger(call.state, given)


def _checked_view(call: MethodCall, surface: str | None) -> Json:
    view: Any = call.arguments.get("view")
    if view is None:
        raise invalid_arguments("missing required field: view")
    if isinstance(view, str):
        try:
            view = call.json("view", "invalid_arguments")
        except SlackError:
            raise invalid_arguments("must provide an object [json-pointer:/view]") from None
    flaws = view_flaws(view, surface, call.state.settings.lacking_blocks)
    flaws = flaws or file_flaws(view["blocks"], call.state, "/view/blocks")
    if flaws:
        raise invalid_arguments(*flaws)
    if byte_size(view) > VIEW_BYTES:
        raise SlackError("view_too_large")
    checked: Json = view
    return checked


def _check_hash(call: MethodCall, view: View) -> None:
    given = call.text("hash")
    if given and given != view.hash:
        raise SlackError("hash_conflict")


def _shown(call: MethodCall, view: View) -> Json:
    _narrate(call, view, "opens a form")
    return {"view": call.rooms.screens.wire(view)}


def _narrate(call: MethodCall, view: View, what: str) -> None:
    call.rooms.tell_view(view, what)
