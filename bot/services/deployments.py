"""List, find, show, open and stop a person's deployments; the owner is checked on every call."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from bot.domain.base import DeploymentId, Namespace, NodeId
from bot.domain.deployment import Deployment, Node, Phase, Status
from bot.domain.endpoints import Endpoint, current_allocation, endpoints_of
from bot.domain.names import matching
from bot.domain.overview import Row
from bot.domain.people import Person
from bot.domain.platform import Platform, Platforms
from bot.domain.records import AuditEntry, StopRecord
from bot.domain.status import FINAL_PHASES, holds_resources, status_of
from bot.errors import Ambiguous, BotError, NotAMember, NotFound, NotYours, Unavailable
from bot.ports import Clock, Cluster, Ledger, Prober

_STOP_IS_NOTED = (
    "The stop is noted: I carry it out as soon as the cluster lets me. `/ai4os list` shows what came of it."
)


class SeveralMatch(Ambiguous):
    """A name fits several deployments; carries them, so that the person can choose."""

    def __init__(self, name: str, shown: "tuple[Shown, ...]") -> None:
        super().__init__(f"“{name[:60]}” fits {len(shown)} of your deployments.", hint="Choose the one you mean.")
        self.name = name
        self.shown = shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A deployment with what is worked out from it: its platform, status, node and, where one is shown, its links."""

    deployment: Deployment
    platform: Platform
    status: Status
    node: Node | None = None
    endpoints: tuple[Endpoint, ...] = ()
    may_have_password: bool = False

    @property
    def row(self) -> Row:
        """Return it as a row of the list, which is also what buttons and dialogs need."""
        allocation = current_allocation(self.deployment)
        return Row(
            deployment=self.deployment.id,
            namespace=self.deployment.namespace,
            title=self.deployment.shown_title,
            platform=self.platform.title,
            status=self.status,
            hardware=self.deployment.hardware or (allocation.hardware if allocation else None),
            service=self.deployment.service,
            image=self.deployment.image,
            node=allocation.node_name if allocation else "",
            site=self.node.site if self.node else "",
            submitted_at=self.deployment.submitted_at,
            holds_resources=holds_resources(self.deployment),
            made_by_bot=self.deployment.made_by_bot,
        )

    @property
    def is_over(self) -> bool:
        """Tell whether it is over and holds nothing any more, so that it can only be removed."""
        return self.status.phase in FINAL_PHASES and not holds_resources(self.deployment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployments:
    """Use cases on deployments that exist."""

    platforms: Platforms
    cluster: Cluster
    ledger: Ledger
    prober: Prober
    clock: Clock

    def list(self, person: Person) -> tuple[Shown, ...]:
        """Return the person's deployments on all their platforms, newest first; stopped ones that ended are left out.

        At most three calls to Nomad. Submissions on their way to the cluster are told in their messages.
        """
        own = self.platforms.among(person.platforms)
        if not own:
            raise NotAMember(
                "You are not a member of any platform that I serve.",
                hint="Ask the operators of your platform to add you.",
            )
        found = self.cluster.deployments_of(person.owner, [platform.namespace for platform in own])
        nodes = self._nodes()
        shown = [self._listed(deployment, nodes) for deployment in found if self._is_owned(deployment, person)]
        kept = [each for each in shown if each is not None and each.status.phase is not Phase.STOPPED]
        return tuple(sorted(kept, key=lambda each: each.deployment.submitted_at, reverse=True))

    def find(self, person: Person, name: str) -> Shown:
        """Return the deployment that a name means. Raises NotFound with a guess, SeveralMatch with the candidates."""
        shown = {each.deployment.id: each for each in self.list(person)}
        found = matching([each.deployment for each in shown.values()], name)
        if not found:
            raise NotFound(f"You have no deployment “{name[:60]}”.", hint=_guess(name, shown.values()))
        if len(found) > 1:
            raise SeveralMatch(name, tuple(shown[deployment.id] for deployment in found))
        return shown[found[0].id]

    def show(self, person: Person, namespace: Namespace, deployment: DeploymentId) -> Shown:
        """Return one deployment whole. Raises NotFound, NotYours, NotAMember."""
        platform = self.platforms.of_namespace(namespace)
        if platform is None or platform.key not in person.platforms:
            raise NotAMember("You are not a member of that deployment's platform.")
        found = self.cluster.deployment(namespace, deployment)
        if found is None:
            raise NotFound("That deployment is gone.", hint="See what there is with `/ai4os list`.")
        if not self._is_owned(found, person):
            raise NotYours("That deployment belongs to somebody else.", hint="See your own with `/ai4os list`.")
        shown = self._shown(found)
        if shown is None:
            raise NotFound("That deployment's platform is not served any more.")
        return shown

    def access(self, person: Person, namespace: Namespace, deployment: DeploymentId) -> Shown:
        """Return one deployment with its links and whether each answers right now."""
        shown = self.show(person, namespace, deployment)
        answers = self.prober.answer_all([endpoint.url for endpoint in shown.endpoints])
        probed = tuple(
            endpoint.model_copy(update={"answers": answer})
            for endpoint, answer in zip(shown.endpoints, answers, strict=True)
        )
        return replace(shown, endpoints=probed)

    def password(self, person: Person, namespace: Namespace, deployment: DeploymentId) -> str:
        """Return the password of the deployment's editor, for its owner's eyes. Raises NotFound if there is none."""
        shown = self.show(person, namespace, deployment)
        password = self.cluster.ide_password(namespace, shown.deployment.id)
        if not password:
            raise NotFound(f"“{shown.deployment.shown_title}” has no IDE password.")
        self.ledger.audit(self._entry(person, "password shown", deployment))
        return password

    def stop(self, person: Person, namespace: Namespace, deployment: DeploymentId, *, reason: str = "") -> Shown:
        """Stop the deployment, or remove it for good if it is over. Stopping twice is fine.

        The intent is recorded first, so that a crash in between is made up for at the next start.
        """
        shown = self.show(person, namespace, deployment)
        record = StopRecord(
            deployment=deployment,
            namespace=namespace,
            title=shown.deployment.shown_title,
            slack_user=person.slack_user,
            by_email=person.owner.email,
            purge=shown.is_over,
            reason=reason,
            at=self.clock(),
        )
        entry = self._entry(person, "remove" if record.purge else "stop", deployment, detail=reason)
        self.ledger.record_stop(record, noting=entry)
        try:
            self._carry_out(record)
        except Unavailable as error:
            raise Unavailable(str(error), changed=_STOP_IS_NOTED, hint=error.hint) from None
        return shown

    def resume_stops(self) -> int:
        """Carry out the stops that were intended before a crash or while the cluster was away; return how many."""
        done = 0
        for record in self.ledger.open_stops():
            try:
                self._carry_out(record)
            except BotError:
                continue
            done += 1
        return done

    def _carry_out(self, record: StopRecord) -> None:
        self.cluster.stop(record.namespace, record.deployment, purge=record.purge)
        if record.purge:
            self.cluster.delete_secrets(record.namespace, record.deployment)
        self.ledger.record_stop(record.model_copy(update={"is_done": True}))

    def _is_owned(self, deployment: Deployment, person: Person) -> bool:
        owner = deployment.owner
        return person.owner.owns(email=owner.email, subject=owner.subject)

    def _shown(self, deployment: Deployment) -> Shown | None:
        shown = self._listed(deployment, self._nodes())
        if shown is None:
            return None
        return replace(shown, endpoints=endpoints_of(deployment, shown.platform, node=shown.node))

    def _listed(self, deployment: Deployment, nodes: Mapping[NodeId, Node]) -> Shown | None:
        platform = self.platforms.of_namespace(deployment.namespace)
        if platform is None:
            return None
        allocation = current_allocation(deployment)
        node = nodes.get(allocation.node_id) if allocation else None
        return Shown(
            deployment=deployment,
            platform=platform,
            status=status_of(deployment, nodes=nodes, now=self.clock()),
            node=node,
            may_have_password=deployment.service is None or deployment.service.is_ide,
        )

    def _nodes(self) -> Mapping[NodeId, Node]:
        return {node.id: node for node in self.cluster.nodes()}

    def _entry(self, person: Person, action: str, deployment: DeploymentId, *, detail: str = "") -> AuditEntry:
        return AuditEntry(
            at=self.clock(), actor=person.slack_user, action=action, deployment=deployment, detail=detail[:1000]
        )


def _guess(name: str, shown: Iterable[Shown]) -> str:
    near = get_close_matches(name, [each.deployment.shown_title for each in shown], n=1)
    return f"Did you mean “{near[0]}”?" if near else "See what there is with `/ai4os list`."
