"""The configuration: read once, at the start, from the environment, a .env file and a YAML file."""

from bot.settings.loading import load
from bot.settings.problems import WrongSettings
from bot.settings.values import NomadSettings, Settings, SlackSettings, Transport

__all__ = ["NomadSettings", "Settings", "SlackSettings", "Transport", "WrongSettings", "load"]
