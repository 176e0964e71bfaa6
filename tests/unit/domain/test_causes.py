"""Why something failed, in words a person can act on."""

import pytest

from bot.domain.causes import failure_of, is_pulling, pull_problem
from tests.unit.domain.values import allocation, event, task

IMAGE = "ai4oshub/x:cpu"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("manifest unknown: manifest unknown", "does not exist"),
        ("Error response from daemon: manifest for ai4oshub/x:cpu not found", "does not exist"),
        ("pull access denied for ai4oshub/x", "not public"),
        ("unauthorized: authentication required", "not public"),
        ("write /var/lib/docker: no space left on device", "does not fit on the machine's disk"),
        ("toomanyrequests: You have reached your pull rate limit", "rate limit"),
        ("dial tcp: lookup registry: no such host", "could not be downloaded: Failed to pull"),
    ],
)
def test_a_pull_failure_names_the_image_and_what_to_do(answer: str, said: str) -> None:
    """The registry's answer becomes a sentence with the image's name and tag in it."""
    failed = allocation("failed", task("dead", event("Driver Failure", f"Failed to pull `{IMAGE}`: {answer}")))

    assert IMAGE in failure_of(failed)
    assert said in failure_of(failed)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Cannot connect to the Docker daemon at unix:///var/run/docker.sock", "Docker on the machine does not answer"),
        ("failed to write: no space left on device", "disk is full"),
        ("context deadline exceeded", "took too long"),
        ("could not select device driver with capabilities: [[gpu]] nvidia", "GPU driver did not start"),
        ("something nobody has seen before\nwith a second line", "could not be started: something nobody has seen"),
        ("", "no reason given"),
    ],
)
def test_a_driver_failure_is_put_into_words(text: str, said: str) -> None:
    """What is known is explained, what is not is quoted, one line of it."""
    failed = allocation("failed", task("dead", event("Driver Failure", text)))

    assert said in failure_of(failed)
    assert "\n" not in failure_of(failed)


def test_a_failed_helper_task_is_named() -> None:
    """When it was not the main task that failed, the sentence says which one."""
    main = task("dead", event("Sibling Task Failed"))
    mount = task("dead", event("Terminated", exit_code="2"), name="storage_mount", failed=True)

    assert "in its helper task “storage_mount”" in failure_of(allocation("failed", main, mount))


def test_restarts_are_counted_in_the_sentence() -> None:
    """A crash loop is told from a single crash."""
    crashed = task("dead", event("Terminated", exit_code="9"), restarts=3, failed=True)

    assert "exit code 9 after 3 restarts" in failure_of(allocation("failed", crashed))


def test_an_artifact_that_was_not_there_is_told() -> None:
    """A failed download before the start has its own sentence."""
    assert "downloaded" in failure_of(allocation("failed", task("dead", event("Failed Artifact Download"))))


def test_an_end_on_request_is_no_failure() -> None:
    """Whoever was told to end did not crash."""
    ended = task("dead", event("Killing"), event("Terminated", exit_code="137"))

    assert "no reason" in failure_of(allocation("failed", ended))


def test_pulling_is_seen_by_the_newest_event_only() -> None:
    """What was once downloading and has started since is not downloading."""
    pulling = event("Driver", "Downloading image")

    assert is_pulling(task("pending", pulling))
    assert not is_pulling(task("running", pulling, event("Started")))
    assert not is_pulling(task("pending"))
    assert pull_problem(task("pending", pulling)) == ""
