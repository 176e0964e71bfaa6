"""The part of the check-up that looks at the settings, and what it says when there is nothing else to look at."""

from collections.abc import Callable, Iterator

from bot.domain.checkup import Area, Check, Finding, listed
from bot.settings.problems import WrongSettings
from bot.settings.values import Settings, Transport


def checks_of(settings: Settings) -> tuple[Check, ...]:
    """Return the check of settings that could be read."""
    return (_check(lambda: _sound(settings)),)


def checks_without_settings(error: WrongSettings) -> tuple[Check, ...]:
    """Return a check that tells every wrong setting, and one per area that cannot be looked at."""
    told = _check(lambda: (Area.SETTINGS.problem(line, "") for line in error.lines))
    others = (
        Check(key=area, area=area, about="everything here", otherwise="", run=tuple, needs=(told.key,))
        for area in (Area.SLACK, Area.NOMAD, Area.DATABASE, Area.CATALOGUE)
    )
    return (told, *others)


def _check(run: Callable[[], Iterator[Finding]]) -> Check:
    return Check(key="settings", area=Area.SETTINGS, about="reading them", otherwise="the settings are wrong", run=run)


def _sound(settings: Settings) -> Iterator[Finding]:
    way_in = "Socket Mode" if settings.transport is Transport.SOCKET else "HTTP mode"
    keys = listed(platform.key for platform in settings.platforms)
    file = f", with {settings.config_file}" if settings.config_file else ""
    yield Area.SETTINGS.fine(f"They can be read{file}: {way_in}; the platforms {keys}.")
    for warning in settings.warnings:
        yield Area.SETTINGS.warning(warning, "")
