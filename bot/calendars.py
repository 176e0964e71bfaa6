"""Which days are public holidays, from the package `holidays`."""

from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches

import holidays


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """Implements the calendars for one country, by its ISO code such as ES; without one every day is a working day."""

    country: str = ""
    _days: holidays.HolidayBase | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_days", holidays.country_holidays(self.country) if self.country else None)

    def is_holiday(self, day: date) -> bool:
        """Tell whether a day is a public holiday there."""
        return self._days is not None and day in self._days


def is_country(code: str) -> bool:
    """Tell whether the holidays of a country are known."""
    return code in holidays.list_supported_countries()


def nearest_country(code: str) -> str:
    """Return a code that was perhaps meant, empty if none is near."""
    return next(iter(get_close_matches(code.upper(), holidays.list_supported_countries(), n=1)), "")
