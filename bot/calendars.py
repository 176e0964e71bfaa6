"""Which days are public holidays, from the package `holidays`."""

from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches

import holidays
from holidays.registry import COUNTRIES


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


def nearest_country(text: str) -> str:
    """Return the code of a country that was perhaps meant by its name or by another code, empty if none is near."""
    names = {name.casefold(): aliases[1] for aliases in COUNTRIES.values() for name in aliases}
    near = get_close_matches(text.casefold(), names, n=1)
    return names[near[0]] if near else ""
