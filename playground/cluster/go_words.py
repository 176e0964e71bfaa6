"""How Go writes durations and complains about patterns."""

import re
from datetime import timedelta

_MICROSECOND = timedelta(microseconds=1)
_PER_MILLISECOND = 1000
_PER_SECOND = 1_000_000
_COMPLAINTS = {
    "missing ), unterminated subpattern": "missing closing )",
    "unbalanced parenthesis": "unexpected )",
    "unterminated character set": "missing closing ]",
    "nothing to repeat": "missing argument to repetition operator",
    "multiple repeat": "invalid nested repetition operator",
    "bad escape (end of pattern)": "trailing backslash at end of expression",
}


def go_duration(span: timedelta) -> str:
    """Write a duration: `1h0m0s`, `15s`, `1.5s`, `300ms`, `0s`."""
    microseconds = span // _MICROSECOND
    if not microseconds:
        return "0s"
    if microseconds < _PER_SECOND:
        return f"{microseconds / _PER_MILLISECOND:g}ms" if microseconds >= _PER_MILLISECOND else f"{microseconds}µs"
    minutes, rest = divmod(microseconds, 60 * _PER_SECOND)
    seconds = f"{rest / _PER_SECOND:.6f}".rstrip("0").rstrip(".") + "s"
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{seconds}"
    return f"{minutes}m{seconds}" if minutes else seconds


def pattern_error(error: re.error, pattern: str) -> str:
    """Say what is wrong with a regular expression."""
    return f"error parsing regexp: {_COMPLAINTS.get(error.msg, error.msg)}: `{pattern}`"
