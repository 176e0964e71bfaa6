"""Follow every deployment the bot made and keep its one direct message true."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import TypeVar

from bot.domain.base import DeploymentId, NodeId
from bot.domain.deployment import Deployment, Hardware, Node, Phase, Status
from bot.domain.endpoints import Endpoint, current_allocation, endpoints_of
from bot.domain.platform import Platforms
from bot.domain.records import FAILED_STATES, Announcement, StopRecord, Submission, SubmissionState
from bot.domain.status import FINAL_PHASES, holds_resources, status_of
from bot.errors import BotError, MessageUncertain
from bot.ports import Clock, Cluster, Ledger, Notifier, Prober

V = TypeVar("V")

PROBE_FOR = timedelta(minutes=15)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(minutes=10)
_WHERE_IT_STANDS = {"channel", "timestamp", "is_posting", "updated_at"}


@dataclass(frozen=True, slots=True)
class Pause:
    """How often telling about a deployment has failed in a row, and when it is tried again."""

    failures: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """Announce submissions and follow their deployments, with a constant number of Nomad calls a round."""

    platforms: Platforms
    cluster: Cluster
    ledger: Ledger
    notifier: Notifier
    prober: Prober
    clock: Clock
    _missing: dict[DeploymentId, int] = field(default_factory=dict)
    _pauses: dict[DeploymentId, Pause] = field(default_factory=dict)
    _untold: dict[DeploymentId, Pause] = field(default_factory=dict)
    _locks: tuple[Lock, ...] = field(default_factory=lambda: tuple(Lock() for _ in range(64)))

    def announce(self, submission: Submission) -> None:
        """Tell the owner where a submission stands, before or without the cluster.

        Of one that goes well this is only the first word: it never replaces what following has told already.
        """
        phase, reason = Phase.SUBMITTING, ""
        if submission.state in FAILED_STATES:
            phase, reason = Phase.FAILED, f"it was not started. {submission.detail}"
        elif submission.state is SubmissionState.REGISTERED:
            phase = Phase.SCHEDULING
        announcement = self._announcement(submission, Status(phase=phase, reason=reason))
        self.deliver(announcement, is_first_word=phase is not Phase.FAILED)

    def announce_all(self, submissions: Iterable[Submission]) -> tuple[DeploymentId, ...]:
        """Announce each of the submissions that are settled; return those whose owners know by now.

        One that cannot be told does not hold up the others, and is tried later and later: give it again until then.
        """
        waiting = {submission.deployment: submission for submission in submissions}
        _keep_only(self._untold, waiting)
        told = []
        for deployment, submission in waiting.items():
            if self._is_paused(self._untold, deployment):
                continue
            try:
                self.announce(submission)
            except BotError:
                self._pause(self._untold, deployment)
            else:
                told.append(deployment)
        return tuple(told)

    def round(self) -> int:
        """Look at the cluster once and update what changed; return how many messages were written."""
        followed = self.ledger.followed()
        if not followed:
            return 0
        namespaces = sorted({submission.namespace for submission in followed})
        found = {deployment.id: deployment for deployment in self.cluster.followed(namespaces)}
        nodes = {node.id: node for node in self.cluster.nodes()}
        written = 0
        ids = {submission.deployment for submission in followed}
        _keep_only(self._pauses, ids)
        _keep_only(self._missing, ids)
        for submission in followed:
            if self._is_paused(self._pauses, submission.deployment):
                continue
            try:
                written += self._follow(submission, found.get(submission.deployment), nodes)
            except BotError:
                self._pause(self._pauses, submission.deployment)  # one failing message must not hold up the others
            else:
                self._pauses.pop(submission.deployment, None)
        return written

    def deliver(self, announcement: Announcement, *, is_first_word: bool = False) -> bool:
        """Post the message, or bring the posted one up to date; False if it says so already.

        A first word is only posted, and left out where anything was.

        The intent to write is recorded first. When it is not known whether a post arrived, the conversation is looked
        at before anything is sent again; an edit is simply made again.
        """
        with self._locks[hash(announcement.deployment) % len(self._locks)]:
            stored = self.ledger.announcement(announcement.deployment)
            if stored is not None and stored.timestamp:
                return False if is_first_word else self._update(announcement, stored)
            found = None
            if stored is not None and stored.is_posting:
                found = self.notifier.find(announcement.slack_user, announcement.deployment)
            if stored is not None and found is not None:
                standing = _standing(stored, *found)
                self.ledger.save_announcement(standing)
                return self._update(announcement, standing)
            return self._post(announcement)

    def _follow(self, submission: Submission, deployment: Deployment | None, nodes: Mapping[NodeId, Node]) -> int:
        if deployment is None and not self._is_really_gone(submission.deployment):
            return 0
        if deployment is None:
            return self._conclude(submission)
        self._missing.pop(submission.deployment, None)
        status = status_of(deployment, nodes=nodes, now=self.clock())
        is_written = self.deliver(self._announcement(submission, status, deployment=deployment, nodes=nodes))
        self._remember(submission, status, deployment)
        return int(is_written)

    def _is_paused(self, pauses: Mapping[DeploymentId, Pause], deployment: DeploymentId) -> bool:
        pause = pauses.get(deployment)
        return pause is not None and self.clock() < pause.until

    def _pause(self, pauses: dict[DeploymentId, Pause], deployment: DeploymentId) -> None:
        """Try again later and later: what Slack refuses for good must not be asked of it every two seconds."""
        before = pauses.get(deployment)
        failures = before.failures + 1 if before else 1
        length = min(FIRST_PAUSE * 2 ** min(failures - 1, 20), LONGEST_PAUSE)
        pauses[deployment] = Pause(failures, self.clock() + length)

    def _is_really_gone(self, deployment: DeploymentId) -> bool:
        """Believe only the second list in a row that lacks a deployment."""
        self._missing[deployment] = self._missing.get(deployment, 0) + 1
        return self._missing[deployment] > 1

    def _conclude(self, submission: Submission) -> int:
        """Close the story of a deployment that the cluster has forgotten; an end already told stands as told."""
        stop = self.ledger.stop_of(submission.deployment)
        is_told = submission.phase in FINAL_PHASES and stop is None
        status = Status(phase=submission.phase if is_told else _phase_after(stop))
        is_written = False if is_told else self.deliver(self._announcement(submission, status))
        self._remember(submission, status, None)
        return int(is_written)

    def _remember(self, submission: Submission, status: Status, deployment: Deployment | None) -> None:
        is_over = deployment is None or (status.phase is Phase.STOPPED and not holds_resources(deployment))
        if is_over and submission.needs_secrets:
            self.cluster.delete_secrets(submission.namespace, submission.deployment)
        if is_over:
            self._missing.pop(submission.deployment, None)
        state = SubmissionState.OVER if is_over else submission.state
        if (state, status.phase) != (submission.state, submission.phase):
            update = {"state": state, "phase": status.phase, "updated_at": self.clock()}
            self.ledger.advance(submission.model_copy(update=update))

    def _announcement(
        self,
        submission: Submission,
        status: Status,
        *,
        deployment: Deployment | None = None,
        nodes: Mapping[NodeId, Node] | None = None,
    ) -> Announcement:
        request = submission.request
        allocation = current_allocation(deployment) if deployment else None
        node = (nodes or {}).get(allocation.node_id) if allocation else None
        placed = allocation.hardware if allocation else None
        return Announcement(
            deployment=submission.deployment,
            slack_user=submission.slack_user,
            platform=submission.platform,
            namespace=submission.namespace,
            title=request.title,
            module=request.module,
            phase=status.phase,
            reason=status.reason,
            since=status.since,
            hardware=Hardware(
                cpu=request.cpu,
                gpus=request.gpus,
                gpu_model=(placed.gpu_model if placed else "") or request.gpu_model,
                ram_mb=request.ram_mb,
                disk_mb=request.disk_mb,
            ),
            site=node.site if node else "",
            image=f"{request.image}:{request.tag}",
            endpoints=self._endpoints(submission, status, deployment, node),
            has_password=submission.has_password,
            updated_at=self.clock(),
        )

    def _endpoints(
        self, submission: Submission, status: Status, deployment: Deployment | None, node: Node | None
    ) -> tuple[Endpoint, ...]:
        platform = self.platforms.get(submission.platform)
        if deployment is None or platform is None or status.phase is not Phase.RUNNING:
            return ()
        links = endpoints_of(deployment, platform, node=node)
        before = self.ledger.announcement(submission.deployment)
        known = {link.url: link.answers for link in before.endpoints} if before else {}
        is_new = status.since is not None and self.clock() - status.since < PROBE_FOR
        return tuple(self._probed(link, was=known.get(link.url), is_new=is_new) for link in links)

    def _probed(self, link: Endpoint, *, was: bool | None, is_new: bool) -> Endpoint:
        """Ask a young deployment's unconditional link until it answers; then believe it."""
        if link.condition or not link.url or was or not is_new:
            return link.model_copy(update={"answers": was})
        now = self.prober.recent(link.url)
        return link.model_copy(update={"answers": was if now is None else now})

    def _update(self, announcement: Announcement, stored: Announcement) -> bool:
        if _content(announcement) == _content(stored) and not stored.is_posting:
            return False
        moved = _standing(announcement, stored.channel, stored.timestamp)
        # Until it is heard of, the message may say this or what it said before: then it is written anew in any case.
        self.ledger.save_announcement(moved.model_copy(update={"is_posting": True}))
        if not self.notifier.update(stored.channel, stored.timestamp, moved):
            return self._post(announcement)
        self.ledger.save_announcement(moved)
        return True

    def _post(self, announcement: Announcement) -> bool:
        self.ledger.save_announcement(announcement.model_copy(update={"is_posting": True}))
        try:
            channel, timestamp = self.notifier.post(announcement.slack_user, announcement)
        except MessageUncertain:
            raise
        except BotError:
            self.ledger.save_announcement(announcement.model_copy(update={"is_posting": False}))
            raise
        self.ledger.save_announcement(_standing(announcement, channel, timestamp))
        return True


def _keep_only(kept: dict[DeploymentId, V], wanted: Collection[DeploymentId]) -> None:
    for deployment in [each for each in kept if each not in wanted]:
        del kept[deployment]


def _phase_after(stop: StopRecord | None) -> Phase:
    return Phase.STOPPED if stop is not None and not stop.purge else Phase.GONE


def _standing(announcement: Announcement, channel: str, timestamp: str) -> Announcement:
    return announcement.model_copy(update={"channel": channel, "timestamp": timestamp, "is_posting": False})


def _content(announcement: Announcement) -> dict[str, object]:
    return announcement.model_dump(exclude=_WHERE_IT_STANDS)
