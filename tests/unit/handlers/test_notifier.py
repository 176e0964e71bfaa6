"""The notifier against a Slack that takes its time: what is uncertain is called so, and can be found."""

from datetime import UTC, datetime, timedelta

import pytest
from slack_sdk import WebClient

from bot.domain.base import DeploymentId, PlatformKey, SlackUserId
from bot.domain.deployment import Phase
from bot.domain.records import Announcement
from bot.errors import MessageUncertain
from handlers.notifier import SlackNotifier
from handlers.views import announcement
from playground.slack.workspace import Workspace


def test_a_post_that_slack_took_after_the_time_limit_is_uncertain_and_found() -> None:
    """Nobody waits for ever; whether it was posted is not known, and the message's metadata tells it later."""
    with Workspace() as workspace:
        ada = workspace.add_user("ada")
        client = WebClient(workspace.bot_token, base_url=workspace.api_url, timeout=1, retry_handlers=[])
        notifier = SlackNotifier(posting=client, repeating=client, render=announcement.render)
        told = Announcement(
            deployment=DeploymentId("7d1a5a8e"),
            slack_user=SlackUserId(ada.id),
            platform=PlatformKey("ai4eosc"),
            title="Mine",
            phase=Phase.RUNNING,
            updated_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        workspace.faults.delay("chat.postMessage", timedelta(seconds=1.3))

        with pytest.raises(MessageUncertain):
            notifier.post(told.slack_user, told)

        message = ada.wait_for_message(lambda each: "Mine" in each.text)
        assert notifier.find(told.slack_user, told.deployment) == (message.channel, message.ts)
