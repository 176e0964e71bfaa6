"""How time passes in the playground, and the bot's settings that fit it."""

from collections.abc import Mapping
from datetime import time, timedelta
from types import MappingProxyType

STEP = timedelta(minutes=30)
"""So much time passes at once at most; the use of GPUs is measured once a step."""

SPEEDS = (1.0, 60.0, 3600.0)
"""How many times as fast as in earnest time may pass."""

LONGEST = timedelta(days=60)
"""So much may pass at once."""

MORNING = time(10, 30)
"""When a working morning is that one jumps to: by then everybody whose hour has not been chosen later has heard."""

SELDOM: Mapping[str, timedelta] = MappingProxyType(
    {
        "check deployments": timedelta(hours=2),
        "remind owners": timedelta(hours=1),
        "stop what nobody answered for": timedelta(hours=2),
        "report to administrators": timedelta(hours=1),
        "forget old measurements": timedelta(hours=12),
        "prune": timedelta(hours=12),
        "refresh nodes": timedelta(hours=1),
        "refresh catalogue": timedelta(hours=1),
        "refresh user groups": timedelta(hours=4),
    }
)
"""What need not be done in every step while much time passes, by the names of the bot's jobs; on arrival it is."""

POLICY = """\
cpu_interval: 30m
hole_at_work: 90m
hole_lately: 75m
never_used_hole: 2h
samples: {interval: 30m, min_samples: 10, max_hole: 0.15, max_age: 45m, start_slack: 45m, resumed_within: 2h}
"""
"""What the bot's settings have below `reminders: policy:`: its rules, for readings that come once in a step.

In earnest a reading comes every minute, and what would be a hole there is the rule here. The windows after which
somebody is asked are those of production.
"""
