"""Loads and builds everything once, so that each process that is forked from here starts at once."""

import pytest

import app
from tests.kill import bot_process, stepping

_ENVIRONMENT = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_APP_TOKEN": "xapp-1",
    "DATABASE_URL": "sqlite://",
    "NOMAD_ADDR": "http://127.0.0.1:1",
    "AI4OS_BOT_LOG_LEVEL": "error",
}


def warm() -> None:
    """Build a bot and throw it away: what is loaded and compiled on the way stays."""
    bot = app.build(app.load(_ENVIRONMENT, dotenv=None))
    bot.nomad.close()
    bot.engine.dispose()


warm()
__all__ = ["bot_process", "pytest", "stepping", "warm"]
