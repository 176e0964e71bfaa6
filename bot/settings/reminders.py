"""The section `reminders` of the configuration file: where and when people are told, and every threshold."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from bot.calendars import is_country, nearest_country
from bot.domain.base import Frozen
from bot.domain.policy import CADENCES, Cadence, FindingKind, IdlePolicy, Policy, Workload
from bot.domain.sound_policy import contradictions
from bot.domain.zones import find_zone

KIND_NAMES = {kind.name.lower(): kind for kind in FindingKind}
WORKLOADS = [workload.value for workload in Workload]
_SPAN = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*([smhd])\s*", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _span(value: object) -> object:
    """Read a length of time such as 30m, 24h or 7d; everything else is left as it is."""
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    return timedelta(**{_UNITS[found[2]]: float(found[1])}) if found else value


def _spans(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _spans(value) for key, value in tree.items()}
    return [_spans(value) for value in tree] if isinstance(tree, list) else _span(tree)


def _read_policy(tree: Any) -> Any:
    """Lay what the file says over the defaults, finding by finding and kind of work by kind of work."""
    if not isinstance(tree, dict):
        return tree
    read = _spans(tree)
    usual = Policy()
    if isinstance(factors := read.get("window_factors"), dict):
        read["window_factors"] = {each.value: factor for each, factor in usual.window_factors.items()} | factors
    if isinstance(samples := read.get("samples"), dict):
        read["samples"] = usual.samples.model_dump() | samples
    if isinstance(cadences := read.get("cadences"), dict):
        read["cadences"] = dict(CADENCES) | {
            KIND_NAMES.get(str(name), name): _cadence(str(name), cadence) for name, cadence in cadences.items()
        }
    return read


def _cadence(name: str, cadence: Any) -> Any:
    before = CADENCES.get(KIND_NAMES.get(name, FindingKind.FAILED), Cadence())
    return before.model_dump() | cadence if isinstance(cadence, dict) else cadence


def _sensible(policy: Policy) -> Policy:
    """Refuse thresholds by which nothing could ever be said. Raises ValueError in words for the operator."""
    wrong = next(contradictions(policy), None)
    if wrong is not None:
        raise ValueError(wrong)
    return policy


def _zone(name: str) -> str:
    if find_zone(name) is None:
        raise ValueError(f"{name!r} is not a time zone. Give one such as Europe/Madrid or UTC.")
    return name


def _country(code: str) -> str:
    upper = code.strip().upper()
    if upper and not is_country(upper):
        near = nearest_country(upper)
        hint = f"Did you mean {near}?" if near else "Give its ISO code, such as ES."
        raise ValueError(f"the holidays of {code!r} are not known. {hint}")
    return upper


def _kinds(value: object) -> object:
    if not isinstance(value, list):
        return value
    unknown = [str(each) for each in value if str(each) not in KIND_NAMES]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no kind of finding. Known are {', '.join(KIND_NAMES)}.")
    return [KIND_NAMES[str(each)] for each in value]


class ReminderSettings(Frozen):
    """How deployments are checked and their owners reminded.

    `channel` is where administrators are told, empty for nowhere; `shared_accounts` are addresses that belong to no
    single person. `stop_automatically` names the kinds of findings after which a deployment may be stopped without its
    owner, once every condition of `bot.domain.stopping` holds; none by default.
    """

    channel: Annotated[str, Field(pattern=r"^([CG][A-Z0-9]+)?$")] = ""
    country: Annotated[str, AfterValidator(_country)] = ""
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    shared_accounts: tuple[str, ...] = ()
    stop_automatically: Annotated[frozenset[FindingKind], BeforeValidator(_kinds)] = frozenset()
    policy: Annotated[Policy, BeforeValidator(_read_policy), AfterValidator(_sensible)] = Policy()

    @property
    def shared(self) -> frozenset[str]:
        """Return the shared addresses as people's are compared."""
        return frozenset(each.casefold() for each in self.shared_accounts)


POLICY_KEYS: dict[str, Any] = dict.fromkeys(Policy.model_fields) | {
    "samples": dict.fromkeys(IdlePolicy.model_fields),
    "window_factors": dict.fromkeys(WORKLOADS),
    "cadences": {name: dict.fromkeys(Cadence.model_fields) for name in KIND_NAMES},
}
KEYS: dict[str, Any] = dict.fromkeys(ReminderSettings.model_fields) | {"policy": POLICY_KEYS}
"""The keys of the section, nested as in the file."""
