"""A local Slack workspace: server, delivery to the app, and a driver that plays a person.

with Workspace() as workspace:
    ada = workspace.add_user("ada")
    ...  # start an app with workspace.api_url, workspace.bot_token and workspace.app_token
    workspace.wait_for_connections()
    form = ada.command("/ai4os", "deploy").wait_for_modal()
    ada.fill(form, {"Title": "My job"})
    assert ada.submit(form).closed
    print(workspace.transcript())
"""

from playground.slack.faults import Fault, Faults
from playground.slack.person import Person
from playground.slack.records import AckRecord, Call, Outcome, Problem
from playground.slack.reply import Reply, SubmitResult
from playground.slack.screen import Option, Refused, ShownMessage, ShownView, TimedOut
from playground.slack.settings import AppSettings
from playground.slack.workspace import Workspace

__all__ = [
    "AckRecord",
    "AppSettings",
    "Call",
    "Fault",
    "Faults",
    "Option",
    "Outcome",
    "Person",
    "Problem",
    "Refused",
    "Reply",
    "ShownMessage",
    "ShownView",
    "SubmitResult",
    "TimedOut",
    "Workspace",
]
