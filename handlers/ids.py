"""The ids that views and listeners share: callbacks, actions, blocks, and what a button's value means."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.answers import EpisodeRef
from bot.domain.base import DeploymentId, Namespace
from bot.domain.episodes import EpisodeId

_INDEX_DIGITS = 20
"""Nomad's indexes are numbers of 64 bits; a longer one was made up."""


class Callback(StrEnum):
    """The callback ids of modals: which modal was submitted or closed."""

    DEPLOY_FORM = "deploy.form"
    DEPLOY_CHECKING = "deploy.checking"
    DEPLOY_REVIEW = "deploy.review"
    DEPLOY_SUBMITTING = "deploy.submitting"
    DEPLOY_SUBMITTED = "deploy.submitted"
    DEPLOY_REFUSED = "deploy.refused"
    DEPLOY_OVER_LIMIT = "deploy.over_limit"
    LIST = "list"
    ACCESS = "deployment.access"
    PASSWORD = "deployment.password"  # noqa: S105 - an id, not a secret
    DETAILS = "deployment.details"
    STOP = "deployment.stop"
    STOPPING = "deployment.stopping"
    FAILURE = "failure"
    MODULES = "modules"
    MODULE = "module"
    ADMIN_CATALOG = "admin.catalog"
    ADMIN_REVIEW = "admin.review"
    ADMIN_AUDIT = "admin.audit"
    ADMIN_EXEMPT = "admin.exempt"
    ADMIN_GO_LIVE = "admin.go_live"
    ADMIN_RESUME = "admin.resume"
    KEEP = "reminder.keep"
    EVIDENCE = "reminder.details"
    OWN_REMINDERS = "reminders"


class Action(StrEnum):
    """The action ids of buttons; form fields use their field's name instead."""

    MENU_DEPLOY = "menu.deploy"
    MENU_LIST = "menu.list"
    MENU_HELP = "menu.help"
    TOGGLE_HELP = "deploy.toggle_help"
    TOGGLE_STORAGE = "deploy.toggle_storage"
    LIST_PREVIOUS = "list.page.previous"
    LIST_NEXT = "list.page.next"
    ACCESS = "deployment.access"
    PASSWORD = "deployment.password"  # noqa: S105 - an id, not a secret
    DETAILS = "deployment.details"
    STOP = "deployment.stop"
    AGAIN = "deployment.again"
    MENU_MODULES = "menu.modules"
    MODULES_SEARCH = "modules.search"
    MODULES_FILTER = "modules.filter"
    MODULES_PREVIOUS = "modules.page.previous"
    MODULES_NEXT = "modules.page.next"
    MODULES_UNFILTERED = "modules.unfiltered"
    MODULES_ALL = "modules.all"
    MODULES_BACK = "modules.back"
    MODULE = "module.show"
    MODULE_DEPLOY = "module.deploy"
    ADMIN_PREVIOUS = "admin.catalog.previous"
    ADMIN_NEXT = "admin.catalog.next"
    ADMIN_REFRESH = "admin.catalog.refresh"
    REVIEW_PART = "admin.review.part"
    REVIEW_PREVIOUS = "admin.review.previous"
    REVIEW_NEXT = "admin.review.next"
    REVIEW_DETAILS = "admin.review.details"
    REVIEW_EXEMPT = "admin.review.exempt"
    EXEMPT_DAYS = "admin.exempt.days"
    EXEMPT_REASON = "admin.exempt.reason"
    EXEMPTION_END = "admin.exemption.end"
    MODE_REASON = "admin.mode.reason"
    AUDIT_PREVIOUS = "admin.audit.previous"
    AUDIT_NEXT = "admin.audit.next"
    REMINDER_KEEP = "reminder.keep"
    REMINDER_IN_USE = "reminder.in_use"
    REMINDER_DETAILS = "reminder.details"
    REMINDER_STOP = "reminder.stop"
    KEEP_DAYS = "reminder.keep.days"
    KEEP_REASON = "reminder.keep.reason"
    KEEP_END = "reminders.keep.end"
    DIGEST_HOUR = "reminders.hour"
    PAUSE_UNTIL = "reminders.pause"
    PAUSE_END = "reminders.pause.end"


class BlockId(StrEnum):
    """The block ids, or their beginnings where a number follows; form fields take theirs from the form."""

    HEAD = "head"
    TEXT = "text"
    SUMMARY = "summary"
    FACTS = "facts"
    MORE_FACTS = "more_facts"
    OUTLOOK = "outlook"
    NOTE = "note"
    NOTICES = "notices"
    PROBLEMS = "problems"
    TOGGLES = "toggles"
    MODULE_FACTS = "module_facts"
    GENERAL = "general"
    HARDWARE = "hardware"
    STORAGE = "storage"
    STORAGE_TOGGLE = "storage_toggle"
    ROW = "row"
    ROW_BUTTONS = "row_buttons"
    PAGES = "pages"
    BUTTONS = "buttons"
    LINK = "link"
    SECRET = "secret"  # noqa: S105 - an id, not a secret
    DESCRIPTION = "description"
    EVENTS = "events"
    COMMAND = "command"
    REFERENCE = "reference"
    SEARCH = "search"
    FILTER = "filter"
    ROOM = "room"
    LINKS = "links"
    FINDING = "finding"
    OUTLOOK_OF = "outlook_of"
    CHOICES = "choices"
    PICTURE = "picture"
    KEPT = "kept"
    HOUR = "hour"
    PAUSE = "pause"
    DAYS = "days"
    REASON = "reason"
    DIVIDER = "divider"
    PART = "part"
    OBSTACLES = "obstacles"
    JOBS = "jobs"
    MACHINES = "machines"
    ANSWERS = "answers"
    PLANNED = "planned"
    UNANSWERED = "unanswered"
    FOR_OPERATORS = "for_operators"

    def numbered(self, number: int) -> str:
        """Return the id of the block with that number."""
        return f"{self.value}:{number}"


@dataclass(frozen=True, slots=True)
class DeploymentKey:
    """Which deployment a button, a confirmation or a modal is about.

    An empty namespace means that only the ledger knows it. Slack hands the value back unchanged at best: look the
    deployment up and check the right to it again, always.
    """

    namespace: Namespace
    deployment: DeploymentId

    def __str__(self) -> str:
        return f"{self.namespace}|{self.deployment}"

    @classmethod
    def read(cls, value: str) -> "DeploymentKey | None":
        """Return the key that was written as this value, or None if it is none."""
        namespace, separator, deployment = value.partition("|")
        if not separator or not deployment:
            return None
        return cls(Namespace(namespace), DeploymentId(deployment))


def episode_value(ref: EpisodeRef) -> str:
    """Return what a finding's button holds: which episode it is about, and of which version of the job."""
    return f"{ref.version}|{ref.episode}"


def read_episode(value: str) -> EpisodeRef | None:
    """Return what was written as this value, or None if it is no such thing. Check the right to it, always."""
    version, separator, episode = value.partition("|")
    if not separator or not episode or not version.isdecimal() or len(version) > _INDEX_DIGITS:
        return None
    return EpisodeRef(episode=EpisodeId(episode), version=int(version))
