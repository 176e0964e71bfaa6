"""What is the same however a deployment is submitted, by the form or by one line: it happens once, and is told."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from bot.domain.base import DeploymentId
from bot.domain.people import Person
from bot.domain.records import FAILED_STATES, Draft, Submission
from bot.domain.request import DeploymentRequest, Field
from bot.errors import BotError, ClusterUnavailable
from bot.ports import Ledger
from bot.services.deploying import Deploying
from bot.services.following import Following

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitting:
    """Submits a draft's request and tells of it in the deployment's direct message."""

    deploying: Deploying
    following: Following
    ledger: Ledger

    def submit(
        self, person: Person, draft: Draft, request: DeploymentRequest, secrets: Mapping[Field, str]
    ) -> Submission:
        """Submit; what is not settled by an error is announced, because it goes on. Raises what `Deploying` raises."""
        try:
            return self.deploying.submit(person, draft, request, secrets).submission
        except ClusterUnavailable:
            self.announce(self.ledger.submission(draft.deployment))
            raise

    def announce(self, submission: Submission | None) -> None:
        """Tell by direct message; if Slack or the database fails now, the next round of following tells it."""
        if submission is None or submission.state in FAILED_STATES:
            return
        try:
            self.following.announce(submission)
        except BotError as error:
            log.warning("announcement postponed", deployment=submission.deployment, reason=str(error))

    def is_recorded(self, deployment: DeploymentId) -> bool:
        """Tell whether a submission is on record or may be, so that its direct message tells the outcome."""
        try:
            return self.ledger.submission(deployment) is not None
        except BotError:
            return True

    def told(self, deployment: DeploymentId) -> None:
        """Note that the owner knows of a failure; if the database fails now, they are told once more."""
        try:
            self.deploying.told(deployment)
        except BotError as error:
            log.warning("failure will be told again", deployment=deployment, reason=str(error))
