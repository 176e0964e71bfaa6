"""What makes the catalogue's settings wrong, told in one line with the mend."""

from urllib.parse import urlsplit

from bot.catalog.addresses import objection
from bot.errors import SettingsError

_SHOWN = 200


def is_address(value: str) -> bool:
    """Tell whether a setting's value is meant as an address on the web."""
    return "://" in value


def checked_address(key: str, value: str, *, mend: str) -> str:
    """Return an address without spaces around it and slashes after it; raise SettingsError if it cannot be asked."""
    address = value.strip().rstrip("/")
    problem = objection(address, allows_loopback=True)
    if problem:
        raise wrong_setting(key, value, problem=problem, mend=mend)
    return address


def wrong_setting(key: str, value: str, *, problem: str, mend: str) -> SettingsError:
    """Return the error that names the key, the bad value without any password in it, and the mend."""
    return SettingsError(f"{key} is “{_without_password(value)}”, which {problem}. {mend}")


def _without_password(value: str) -> str:
    try:
        parts = urlsplit(value.strip())
    except ValueError:
        parts = None
    if "@" not in value:
        return " ".join(value.split())[:_SHOWN]
    host = parts.netloc.rpartition("@")[2] if parts else ""
    return f"{parts.scheme}://…@{host}" if parts and host else "…"
