"""A request becomes one deployment or none, through limits, double clicks, crashes and an absent cluster."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.base import DraftId
from bot.domain.placement import Outlook
from bot.domain.records import SubmissionState
from bot.domain.request import Field
from bot.errors import (
    ClusterUnavailable,
    HostnameTaken,
    NotAMember,
    NotFound,
    NotYours,
    Refused,
    RejectedByCluster,
)
from bot.services.deploying import GIVE_UP_AFTER, OverGpuLimit
from tests.fakes.cluster import AI4EOSC
from tests.unit.services.house import ADA, BOB, House

GPU = {"gpu": "1", "tag": "gpu"}


@pytest.fixture
def house() -> House:
    """Give the use cases on a cluster with four GPUs."""
    house = House()
    house.cluster.add_node(gpus=(("Tesla T4", 4),))
    return house


def test_a_submission_becomes_a_deployment_of_its_owner(house: House) -> None:
    """What was asked for runs under the owner's e-mail, and the ledger says so."""
    outcome = house.deploy(title="Plankton run")

    deployment = house.cluster.deployment(outcome.submission.namespace, outcome.submission.deployment)
    assert deployment is not None
    assert (deployment.title, deployment.owner.email) == ("Plankton run", "ada@example.org")
    assert outcome.submission.state is SubmissionState.REGISTERED
    assert [entry.action for entry in house.ledger.audit_log()] == ["deployed", "deploy requested"]


def test_submitting_twice_gives_one_deployment(house: House) -> None:
    """The second press finds what the first did."""
    draft, request = house.request()

    first = house.deploying.submit(ADA, draft, request, {})
    second = house.deploying.submit(ADA, draft, request, {})

    assert (first.is_new, second.is_new) == (True, False)
    assert first.submission.deployment == second.submission.deployment
    assert len(house.cluster.deployments_of(ADA.owner, [AI4EOSC])) == 1


def test_submitting_at_the_same_time_gives_one_deployment(house: House) -> None:
    """Eight presses at once are one press."""
    draft, request = house.request()

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: house.deploying.submit(ADA, draft, request, {}), range(8)))

    assert sum(outcome.is_new for outcome in outcomes) == 1
    assert len(house.cluster.deployments_of(ADA.owner, [AI4EOSC])) == 1


def test_an_editor_gets_a_password_that_only_the_cluster_keeps(house: House) -> None:
    """A password is made where none was typed; neither ledger nor audit log holds it."""
    outcome = house.deploy(service="jupyter")

    secrets = house.cluster.secrets(outcome.submission.namespace, outcome.submission.deployment)
    assert secrets == {"jupyterPASSWORD": "correct-horse-battery"}
    assert "correct-horse" not in repr((outcome, house.ledger.audit_log(), house.ledger.followed()))


def test_a_typed_password_is_the_one_that_is_used(house: House) -> None:
    """What the person typed reaches the deployment."""
    draft, request = house.request(service="jupyter")

    outcome = house.deploying.submit(ADA, draft, request, {Field.PASSWORD: "my own secret"})

    assert house.cluster.secrets(outcome.submission.namespace, draft.deployment) == {"jupyterPASSWORD": "my own secret"}


def test_a_second_gpu_needs_a_reason_and_a_third_is_refused(house: House) -> None:
    """One GPU is free to take, two need words, three name the two that are held."""
    house.deploy(title="First", **GPU)
    draft, request = house.request(title="Second", **GPU)
    with pytest.raises(Refused, match="really needed"):
        house.deploying.submit(ADA, draft, request, {})
    house.deploying.submit(ADA, draft, request.model_copy(update={"gpu_reason": "comparison"}), {})
    draft, request = house.request(title="Third", gpu_reason="more", **GPU)

    with pytest.raises(OverGpuLimit) as caught:
        house.deploying.submit(ADA, draft, request, {})

    assert [holder.title for holder in caught.value.held] == ["First", "Second"]
    assert house.ledger.submission(draft.deployment) is None


def test_gpus_count_across_platforms_and_only_ones_own(house: House) -> None:
    """Other people's GPUs do not count against a person."""
    house.cluster.fill(owner=BOB.owner)

    plan_draft, request = house.request(**GPU)
    plan = house.deploying.plan(ADA, plan_draft, request)

    assert (plan.outlook, plan.gpu_holders) == (Outlook.NOT_YET, 4)


def test_two_quick_submissions_cannot_both_pass_the_limit(house: House) -> None:
    """The race that the dashboard loses is refused here."""
    house.deploy(title="First", **GPU)
    requests = [house.request(title=f"Next {number}", gpu_reason="why not", **GPU) for number in range(6)]

    def submit(number: int) -> bool:
        draft, request = requests[number]
        try:
            return house.deploying.submit(ADA, draft, request, {}).is_new
        except OverGpuLimit:
            return False

    with ThreadPoolExecutor(6) as pool:
        accepted = list(pool.map(submit, range(6)))

    assert sum(accepted) == 1


def test_a_stopped_deployment_that_still_holds_its_gpu_counts(house: House) -> None:
    """The refusal says that what is over still holds something."""
    house.cluster.stops_slowly = True
    first = house.deploy(title="First", **GPU).submission
    house.cluster.start(first.deployment)
    house.cluster.stop(first.namespace, first.deployment, purge=False)
    second = house.deploy(title="Second", gpu_reason="x", **GPU).submission
    draft, request = house.request(gpu_reason="x", **GPU)

    with pytest.raises(OverGpuLimit) as caught:
        house.deploying.submit(ADA, draft, request, {})

    assert second.request.title == "Second"
    assert "“First” (stopped, but not ended yet)" in caught.value.hint


def test_a_host_name_is_reserved_against_a_race() -> None:
    """Two people who want one name: one gets it, the other is told, and a refused one is free again."""
    house = House(has_hostnames=True)
    house.cluster.add_node()
    draft, request = house.request(BOB, hostname="plankton")
    house.deploy(ADA, hostname="plankton")

    with pytest.raises(HostnameTaken):
        house.deploying.submit(BOB, draft, request, {})


def test_an_address_that_answers_is_taken() -> None:
    """A name that lives outside the bot's knowledge is found by asking it."""
    house = House(has_hostnames=True)
    house.cluster.add_node()
    house.prober.alive.add("http://deepaas.plankton.deployments.example.org")
    draft, request = house.request(hostname="plankton")

    with pytest.raises(HostnameTaken):
        house.deploying.plan(ADA, draft, request)


def test_a_refusal_by_the_cluster_leaves_nothing_behind(house: House) -> None:
    """No secret, no host name and no open submission survive a refused job."""
    house.cluster.refuse_next("This job is not welcome.")
    draft, request = house.request(service="jupyter")

    with pytest.raises(RejectedByCluster, match="not welcome"):
        house.deploying.submit(ADA, draft, request, {})

    assert house.cluster.secrets(AI4EOSC, draft.deployment) is None
    known = house.ledger.submission(draft.deployment)
    assert known is not None
    assert known.state is SubmissionState.UNTOLD
    house.deploying.told(draft.deployment)
    assert house.ledger.submission(draft.deployment).state is SubmissionState.REFUSED  # type: ignore[union-attr]  # it is there


def test_after_a_settled_failure_the_form_can_be_submitted_again(house: House) -> None:
    """The same form gets a new deployment id, so that the second attempt is one of its own."""
    house.cluster.refuse_next()
    draft, request = house.request()
    with pytest.raises(RejectedByCluster):
        house.deploying.submit(ADA, draft, request, {})

    renewed = house.deploying.draft_of(draft.id, ADA)
    outcome = house.deploying.submit(ADA, renewed, request, {})

    assert renewed.deployment != draft.deployment
    assert outcome.submission.state is SubmissionState.REGISTERED


def test_an_absent_cluster_changes_nothing(house: House) -> None:
    """Nothing is recorded, because nothing can have been sent."""
    draft, request = house.request()
    house.cluster.go_down()

    with pytest.raises(ClusterUnavailable):
        house.deploying.submit(ADA, draft, request, {})

    assert house.ledger.submission(draft.deployment) is None
    assert house.deploying.plan(ADA, draft, request).outlook is Outlook.UNKNOWN


def test_a_lost_answer_is_settled_by_looking(house: House) -> None:
    """The job was registered although nobody heard: it is found, and it is one."""
    draft, request = house.request()
    house.cluster.lose_next_answer()
    with pytest.raises(ClusterUnavailable):
        house.deploying.submit(ADA, draft, request, {})

    settled = house.deploying.resume()

    assert [each.state for each in settled] == [SubmissionState.REGISTERED]
    assert len(house.cluster.deployments_of(ADA.owner, [AI4EOSC])) == 1
    assert house.deploying.resume() == ()


def test_a_crash_before_the_password_was_stored_is_told_and_starts_nothing(house: House) -> None:
    """A password that was only in memory is gone with it; the person hears that nothing runs."""
    draft, request = house.request(service="jupyter")
    _crash_in(house, "store_secrets")
    with pytest.raises(MemoryError):
        house.deploying.submit(ADA, draft, request, {})
    house.restart()

    settled = house.deploying.resume()

    assert [(each.state, "never keep passwords" in each.detail) for each in settled] == [(SubmissionState.UNTOLD, True)]
    assert house.cluster.deployments_of(ADA.owner, [AI4EOSC]) == ()


@pytest.mark.parametrize("moment", ["submit", "after submit"])
def test_a_crash_around_the_register_ends_as_one_deployment(house: House, moment: str) -> None:
    """Whether the job had reached the cluster or not, after the restart there is exactly one."""
    draft, request = house.request(service="jupyter")
    _crash_in(house, moment)
    with pytest.raises(MemoryError):
        house.deploying.submit(ADA, draft, request, {})
    house.restart()

    settled = house.deploying.resume()

    assert [each.state for each in settled] == [SubmissionState.REGISTERED]
    assert len(house.cluster.deployments_of(ADA.owner, [AI4EOSC])) == 1


def test_a_crash_after_the_register_doubles_nothing_in_the_audit_log(house: House) -> None:
    """What happened is noted together with the record of it, so a resumed submission tells it once."""
    draft, request = house.request()
    _crash_in(house, "after submit")
    with pytest.raises(MemoryError):
        house.deploying.submit(ADA, draft, request, {})
    house.restart()
    house.deploying.resume()
    house.deploying.resume()

    assert [entry.action for entry in house.ledger.audit_log()] == ["deployed", "deploy requested"]


def test_what_was_removed_before_it_was_settled_does_not_come_back(house: House) -> None:
    """The job was there although its answer was lost; its owner has removed it, and resuming must not undo that."""
    draft, request = house.request(service="jupyter")
    house.cluster.lose_next_answer()
    with pytest.raises(ClusterUnavailable):
        house.deploying.submit(ADA, draft, request, {})
    house.cluster.start(draft.deployment)
    house.deployments.stop(ADA, AI4EOSC, draft.deployment)
    house.deployments.stop(ADA, AI4EOSC, draft.deployment)

    settled = house.deploying.resume()

    assert [each.state for each in settled] == [SubmissionState.REGISTERED]
    assert house.cluster.deployment(AI4EOSC, draft.deployment) is None
    house.following.round()
    house.following.round()
    assert house.ledger.followed() == ()
    assert house.cluster.secrets(AI4EOSC, draft.deployment) is None


def test_a_submission_that_cannot_be_settled_in_time_is_given_up_and_told(house: House) -> None:
    """After half an hour without the job on the cluster, it is lost for good and never starts later."""
    draft, request = house.request()
    _crash_in(house, "submit")
    with pytest.raises(MemoryError):
        house.deploying.submit(ADA, draft, request, {})
    house.restart()
    house.pass_time(GIVE_UP_AFTER + timedelta(seconds=1))

    settled = house.deploying.resume()

    assert [each.state for each in settled] == [SubmissionState.UNTOLD]
    assert house.cluster.deployments_of(ADA.owner, [AI4EOSC]) == ()


def test_somebody_elses_form_cannot_be_submitted(house: House) -> None:
    """A draft belongs to the person who opened it."""
    draft, request = house.request(ADA)

    with pytest.raises(NotYours):
        house.deploying.submit(BOB, draft, request, {})


def test_a_platform_one_does_not_belong_to_is_refused(house: House) -> None:
    """Membership is checked again at submission, whatever the form says."""
    draft, request = house.request(BOB)
    foreign = request.model_copy(update={"platform": "tutorials"})

    with pytest.raises(NotAMember):
        house.deploying.submit(BOB, draft, foreign, {})


def test_the_subject_is_learnt_from_a_deployment_of_the_dashboard(house: House) -> None:
    """A person's OIDC subject, which the dashboard looks for, is read off their own earlier deployments."""
    made = house.deploy().submission
    known = house.cluster.deployment(made.namespace, made.deployment)
    assert known is not None
    owner = known.owner.model_copy(update={"subject": "oidc-ada"})
    house.cluster.add(known.model_copy(update={"id": "from-dashboard", "owner": owner, "made_by_bot": False}))

    assert house.deploy().submission.owner_subject == "oidc-ada"
    assert house.ledger.subject_of("ada@example.org") == "oidc-ada"


def _crash_in(house: House, moment: str) -> None:
    real = house.cluster

    class Dying:
        def __getattr__(self, name: str) -> object:
            if name != moment.removeprefix("after "):
                return getattr(real, name)

            def die(*args: object, **kwargs: object) -> None:
                if moment.startswith("after "):
                    getattr(real, name)(*args, **kwargs)
                raise MemoryError

            return die

    house.deploying = replace(house.deploying, cluster=Dying())  # type: ignore[arg-type]  # it hands everything else on


def test_secrets_that_could_not_be_deleted_are_deleted_later(house: House) -> None:
    """A failure is closed only when no secret is left of it, however often that has to be tried."""
    draft, request = house.request(service="jupyter")
    _crash_in(house, "after store_secrets")
    with pytest.raises(MemoryError):
        house.deploying.submit(ADA, draft, request, {})
    house.restart()
    house.pass_time(GIVE_UP_AFTER + timedelta(seconds=1))
    _unable_to(house, "delete_secrets")
    (settled,) = house.deploying.resume()
    house.deploying.told(settled.deployment)
    assert house.ledger.open_submissions() == (settled,)
    house.restart()

    (again,) = house.deploying.resume()
    house.deploying.told(again.deployment)

    assert house.cluster.secrets(AI4EOSC, draft.deployment) is None
    assert house.ledger.open_submissions() == ()


def test_a_form_that_was_never_kept_cannot_be_submitted(house: House) -> None:
    """An id that nobody has a draft for leads nowhere, nor does somebody else's."""
    draft, _ = house.request(ADA)

    with pytest.raises(NotFound):
        house.deploying.draft_of(DraftId("nothing"), ADA)
    with pytest.raises(NotYours):
        house.deploying.draft_of(draft.id, BOB)


def test_a_cluster_that_cannot_store_the_password_starts_nothing(house: House) -> None:
    """Without its password an editor must not start; the person is told, and may try again."""
    draft, request = house.request(service="jupyter")
    _unable_to(house, "store_secrets")

    with pytest.raises(ClusterUnavailable):
        house.deploying.submit(ADA, draft, request, {})

    assert house.cluster.deployments_of(ADA.owner, [AI4EOSC]) == ()
    house.restart()
    renewed = house.deploying.draft_of(draft.id, ADA)
    assert house.deploying.submit(ADA, renewed, request, {}).submission.state is SubmissionState.REGISTERED


def _unable_to(house: House, method: str) -> None:
    real = house.cluster

    class Unable:
        def __getattr__(self, name: str) -> object:
            if name != method:
                return getattr(real, name)

            def fail(*_args: object, **_kwargs: object) -> None:
                raise ClusterUnavailable("Nomad cannot be reached.")

            return fail

    house.deploying = replace(house.deploying, cluster=Unable())  # type: ignore[arg-type]  # it hands everything else on
