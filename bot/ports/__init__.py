"""What the use cases need from outside, named by role; the edges implement these."""

from bot.ports.deployments import (
    Catalog,
    Clock,
    Cluster,
    Directory,
    Ledger,
    NewDeployment,
    Notifier,
    Passwords,
    Prober,
    SecretItems,
    SecretPocket,
)
from bot.ports.reminders import Addressees, Calendars, CaseBook, Measurements, Messenger, Telemetry

__all__ = [
    "Addressees",
    "Calendars",
    "CaseBook",
    "Catalog",
    "Clock",
    "Cluster",
    "Directory",
    "Ledger",
    "Measurements",
    "Messenger",
    "NewDeployment",
    "Notifier",
    "Passwords",
    "Prober",
    "SecretItems",
    "SecretPocket",
    "Telemetry",
]
