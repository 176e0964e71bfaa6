"""A local Slack workspace: server, delivery to the app, and a driver that plays a person."""

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
