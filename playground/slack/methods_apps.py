"""The auth.*, apps.* and bots.* methods."""

from playground.slack.methods import MethodCall, method
from playground.slack.rate_limits import Tier
from playground.slack.wire import Json, SlackError


@method("api.test", Tier.FOUR, readable=True)
def api_test(call: MethodCall) -> Json:
    """Answer, to show that the workspace is there."""
    return {"args": {key: value for key, value in call.arguments.items() if key != "token"}}


@method("auth.test", Tier.SPECIAL, readable=True)
def auth_test(call: MethodCall) -> Json:
    """Tell whose token it is."""
    identity = call.state.identity
    return {
        "url": f"https://{identity.team_domain}.slack.com/",
        "team": identity.team_name,
        "user": call.state.settings.name,
        "team_id": identity.team_id,
        "user_id": identity.bot_user_id,
        "bot_id": identity.bot_id,
        "is_enterprise_install": False,
    }


@method("apps.connections.open", Tier.THREE, token="app")
def apps_connections_open(call: MethodCall) -> Json:
    """Return a socket address that works once."""
    return {"url": call.rooms.hub.issue_link()}


@method("bots.info", Tier.THREE, scope="users:read", readable=True)
def bots_info(call: MethodCall) -> Json:
    """Return the app's bot."""
    identity = call.state.identity
    if call.text("bot") not in {"", identity.bot_id}:
        raise SlackError("bot_not_found")
    return {
        "bot": {
            "id": identity.bot_id,
            "deleted": False,
            "name": call.state.settings.name,
            "user_id": identity.bot_user_id,
            "app_id": identity.app_id,
        }
    }
