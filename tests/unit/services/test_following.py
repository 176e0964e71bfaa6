"""One direct message per deployment, always true, never twice, whatever Slack and the cluster do."""

from datetime import timedelta

import pytest

from bot.domain.deployment import Phase
from bot.domain.records import Submission, SubmissionState
from bot.errors import ClusterUnavailable, MessageUncertain, RejectedByCluster, SlackUnavailable
from tests.unit.services.house import ADA, House


@pytest.fixture
def house() -> House:
    """Give the use cases on a cluster with one node and one GPU."""
    house = House()
    house.cluster.add_node(gpus=(("Tesla T4", 1),))
    return house


def test_the_message_follows_from_submission_to_running_in_place(house: House) -> None:
    """One message, edited at each change and only then."""
    outcome = house.deploy()
    house.following.announce(outcome.submission)
    house.following.round()
    house.cluster.start(outcome.submission.deployment)

    written = [house.following.round(), house.following.round()]

    message = house.message(outcome)
    assert message.phase is Phase.RUNNING
    assert [str(endpoint.kind) for endpoint in message.endpoints][:1] == ["DEEPaaS"]
    assert written == [1, 0]


def test_a_failure_is_told_with_its_reason(house: House) -> None:
    """The reason stands in the message in plain words."""
    outcome = house.deploy()
    house.cluster.start(outcome.submission.deployment)
    house.cluster.fail(outcome.submission.deployment)

    house.following.round()

    message = house.message(outcome)
    assert message.phase is Phase.FAILED
    assert message.reason


def test_links_are_asked_until_they_answer_and_then_believed(house: House) -> None:
    """`running` is followed by `answers`, and an address that answered is not asked for ever."""
    outcome = house.deploy()
    house.cluster.start(outcome.submission.deployment)
    house.following.round()
    before = house.message(outcome).endpoints[0]
    house.prober.alive.add(before.url)
    house.following.round()
    house.prober.alive.clear()
    house.following.round()

    assert (before.answers, house.message(outcome).endpoints[0].answers) == (False, True)


def test_a_lost_answer_to_a_post_is_looked_for_before_anything_is_sent_again(house: House) -> None:
    """The message was posted though nobody heard: it is found and edited, not repeated."""
    outcome = house.deploy()
    house.notifier.loses_answer = True
    with pytest.raises(MessageUncertain):
        house.following.announce(outcome.submission)
    house.restart()

    house.following.round()

    assert house.message(outcome).phase is not Phase.SUBMITTING


def test_a_post_that_never_arrived_is_sent_again(house: House) -> None:
    """Uncertain and not found means that it was not posted."""
    outcome = house.deploy()
    house.notifier.loses_post = True
    with pytest.raises(MessageUncertain):
        house.following.announce(outcome.submission)

    house.following.round()

    assert house.message(outcome).deployment == outcome.submission.deployment


def test_an_edit_of_which_nobody_heard_does_not_stand_when_it_is_not_true_any_more(house: House) -> None:
    """The message says something else than the last edit that was heard of: it is edited though nothing is new."""
    outcome = house.deploy()
    house.cluster.start(outcome.submission.deployment)
    house.following.round()
    (node,) = house.cluster.nodes()
    house.cluster.lose_node(node.id)
    house.notifier.loses_answer_to_edit = True
    house.following.round()
    told = house.message(outcome).phase
    house.cluster.return_node(node.id)
    house.restart()

    house.following.round()

    assert (told, house.message(outcome).phase) == (Phase.UNREACHABLE, Phase.RUNNING)


def test_a_deleted_message_is_replaced(house: House) -> None:
    """A person who deletes the message gets a new one at the next change."""
    outcome = house.deploy()
    house.following.announce(outcome.submission)
    house.notifier.delete_all()
    house.cluster.start(outcome.submission.deployment)

    house.following.round()

    assert house.message(outcome).phase is Phase.RUNNING


def test_while_slack_is_down_nothing_is_lost(house: House) -> None:
    """What could not be told is told when Slack is back."""
    outcome = house.deploy()
    house.notifier.is_down = True
    with pytest.raises(SlackUnavailable):
        house.following.announce(outcome.submission)
    house.cluster.start(outcome.submission.deployment)
    assert house.following.round() == 0
    house.notifier.is_down = False
    house.pass_time(timedelta(seconds=2))

    house.following.round()

    assert house.message(outcome).phase is Phase.RUNNING


def test_an_absent_cluster_changes_no_message(house: House) -> None:
    """Not knowing is not the same as gone."""
    outcome = house.deploy()
    house.cluster.start(outcome.submission.deployment)
    house.following.round()
    house.cluster.go_down()
    with pytest.raises(ClusterUnavailable):
        house.following.round()

    assert house.message(outcome).phase is Phase.RUNNING


def test_a_stop_is_followed_to_its_end_and_its_secrets_go(house: House) -> None:
    """When the last allocation has ended, the message says stopped and no secret is left."""
    outcome = house.deploy(service="jupyter")
    submission = outcome.submission
    house.cluster.start(submission.deployment)
    house.following.round()

    house.deployments.stop(ADA, submission.namespace, submission.deployment)
    house.following.round()

    known = house.ledger.submission(submission.deployment)
    assert house.message(outcome).phase is Phase.STOPPED
    assert house.cluster.secrets(submission.namespace, submission.deployment) is None
    assert known is not None
    assert known.state is SubmissionState.OVER


def test_what_the_cluster_forgot_is_believed_only_twice(house: House) -> None:
    """One list that lacks a deployment may be a hiccup; two in a row mean that it is gone."""
    outcome = house.deploy()
    house.cluster.start(outcome.submission.deployment)
    house.following.round()
    house.cluster.forget(outcome.submission.deployment)
    house.following.round()
    first = house.message(outcome).phase

    house.following.round()

    assert (first, house.message(outcome).phase) == (Phase.RUNNING, Phase.GONE)


def test_a_failure_stands_as_told_after_the_cluster_forgot_it(house: House) -> None:
    """Nomad forgets dead jobs after hours; the reason must not vanish with them."""
    outcome = house.deploy()
    house.cluster.start(outcome.submission.deployment)
    house.cluster.fail(outcome.submission.deployment)
    house.following.round()
    told = house.message(outcome)
    house.cluster.forget(outcome.submission.deployment)
    house.following.round()
    house.following.round()

    assert house.message(outcome) == told
    assert house.ledger.followed() == ()


def test_a_lost_node_is_told_and_its_return_too(house: House) -> None:
    """Unreachable is neither running nor failed."""
    outcome = house.deploy()
    house.cluster.start(outcome.submission.deployment)
    house.following.round()
    (node,) = house.cluster.nodes()
    house.cluster.lose_node(node.id)
    house.following.round()
    lost = house.message(outcome).phase
    house.cluster.return_node(node.id)
    house.pass_time(timedelta(seconds=5))
    house.following.round()

    assert (lost, house.message(outcome).phase) == (Phase.UNREACHABLE, Phase.RUNNING)


def test_a_waiting_deployment_says_what_it_waits_for(house: House) -> None:
    """The queue's reason is in the message, and it ends when the GPU is free."""
    held = house.cluster.fill()
    outcome = house.deploy(gpu="1", tag="gpu")
    house.following.round()
    waiting = house.message(outcome)
    house.cluster.stop(held[0].namespace, held[0].id, purge=False)
    house.following.round()

    assert waiting.phase is Phase.QUEUED
    assert "GPU is taken" in waiting.reason
    assert house.message(outcome).phase is not Phase.QUEUED


def test_a_late_first_word_does_not_replace_what_was_told(house: House) -> None:
    """The round may be quicker than the submission's own announcement; the message never goes back."""
    outcome = house.deploy()
    house.cluster.start(outcome.submission.deployment)
    house.following.round()

    house.following.announce(outcome.submission)

    assert house.message(outcome).phase is Phase.RUNNING


def test_a_failure_that_cannot_be_told_does_not_hold_up_the_others(house: House) -> None:
    """Each owner is told apart from the others, and the one who cannot be is tried later and later."""
    refused, fine = (_failed(house, title) for title in ("Refused", "Fine"))
    house.notifier.refuses.add(refused.deployment)
    tries = 0

    told = [house.following.announce_all(house.deploying.resume())]
    for _ in range(360):
        house.pass_time(timedelta(seconds=10))
        before = house.notifier.attempts
        house.following.announce_all([refused])
        tries += house.notifier.attempts - before

    assert told == [(fine.deployment,)]
    assert 5 <= tries <= 20


def test_a_failure_that_could_not_be_told_is_told_when_it_can_be(house: House) -> None:
    """While Slack is down nobody counts as told; afterwards everybody is."""
    failed = _failed(house, "Mine")
    house.notifier.is_down = True
    first = house.following.announce_all(house.deploying.resume())
    house.notifier.is_down = False
    house.pass_time(timedelta(seconds=10))

    assert (first, house.following.announce_all(house.deploying.resume())) == ((), (failed.deployment,))


def _failed(house: House, title: str) -> Submission:
    house.cluster.refuse_next()
    draft, request = house.request(title=title)
    with pytest.raises(RejectedByCluster):
        house.deploying.submit(ADA, draft, request, {})
    known = house.ledger.submission(draft.deployment)
    assert known is not None
    return known


def test_what_slack_refuses_for_good_is_not_asked_of_it_in_every_round(house: House) -> None:
    """A deactivated account or a message that cannot be edited costs a handful of tries an hour, and others none."""
    refused, fine = house.deploy(title="Refused"), house.deploy(title="Fine")
    house.following.round()
    house.notifier.refuses.add(refused.submission.deployment)
    for outcome in (refused, fine):
        house.cluster.start(outcome.submission.deployment)
    before = house.notifier.attempts

    for _ in range(1800):
        house.pass_time(timedelta(seconds=2))
        house.following.round()

    assert house.message(fine).phase is Phase.RUNNING
    assert 5 <= house.notifier.attempts - before <= 20
