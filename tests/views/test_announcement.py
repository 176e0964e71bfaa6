"""The one direct message of a deployment, in every phase."""

import pytest

from bot.domain.deployment import Hardware, Phase
from bot.domain.endpoints import Endpoint, EndpointKind
from handlers.ids import Action
from handlers.views import announcement as view
from tests.conftest import Golden
from tests.views.checking import elements, sent_message, texts
from tests.views.examples import ENDPOINTS, HOSTILE, announcement

REASONS = {
    Phase.QUEUED: "every fitting GPU is taken",
    Phase.IMPOSSIBLE: "no machine has a GPU of the model Tesla T4",
    Phase.FAILED: "the image ai4oshub/x:nope does not exist. Deploy again with another Docker tag",
    Phase.UNREACHABLE: "its machine (ifca) does not answer. Your data is kept; it resumes when the machine is back",
    Phase.STUCK_STARTING: "it has not started after 50 minutes. Stop it and try another site, or ask for support",
}
HOSTILE_ENDPOINTS = tuple(
    Endpoint(kind=kind, url=f"https://x.example/{HOSTILE}", condition=HOSTILE) for kind in EndpointKind
)


@pytest.mark.parametrize("phase", list(Phase))
def test_message_looks_as_it_should(golden: Golden, phase: Phase) -> None:
    """Every phase is one sentence with its reason, the same design throughout."""
    message = sent_message(view.render(announcement(phase, reason=REASONS.get(phase, ""))))
    golden.check(f"views/announcement_{phase.name.lower()}", message)


@pytest.mark.parametrize(
    ("phase", "actions"),
    [
        (Phase.SUBMITTING, [Action.DETAILS]),
        (Phase.QUEUED, [Action.DETAILS, Action.STOP]),
        (Phase.IMPOSSIBLE, [Action.AGAIN, Action.DETAILS, Action.STOP]),
        (Phase.RUNNING, [Action.ACCESS, Action.PASSWORD, Action.DETAILS, Action.STOP]),
        (Phase.STOPPING, [Action.DETAILS]),
        (Phase.FAILED, [Action.AGAIN, Action.DETAILS, Action.STOP]),
        (Phase.STOPPED, [Action.AGAIN, Action.DETAILS]),
        (Phase.GONE, [Action.AGAIN]),
    ],
)
def test_buttons_fit_the_phase(phase: Phase, actions: list[Action]) -> None:
    """What can be done is offered, what cannot is not."""
    assert list(elements(sent_message(view.render(announcement(phase))))) == actions


def test_text_is_complete_by_itself() -> None:
    """A notification tells what happened, to what, and every link."""
    text = view.render(announcement()).text
    assert text.startswith("Plankton run is running.")
    assert [endpoint.url in text for endpoint in ENDPOINTS] == [True, True, True]


def test_failure_says_why_and_how_to_mend_it() -> None:
    """The reason stands in the text as well as in the message."""
    message = view.render(announcement(Phase.FAILED, reason=REASONS[Phase.FAILED]))
    assert "failed: the image ai4oshub/x:nope does not exist. Deploy again with another Docker tag." in message.text
    assert "Docker tag." in texts(message.payload())


def test_no_password_button_without_a_password() -> None:
    """DEEPaaS has none."""
    assert Action.PASSWORD not in elements(sent_message(view.render(announcement(has_password=False))))


def test_worst_case_is_taken_by_slack(golden: Golden) -> None:
    """Texts of any length and content are cut and escaped."""
    message = view.render(
        announcement(
            reason=HOSTILE,
            title=HOSTILE,
            module=HOSTILE,
            site=HOSTILE,
            image=HOSTILE,
            hardware=Hardware(cpu=1, gpus=1, gpu_model=HOSTILE),
            endpoints=HOSTILE_ENDPOINTS,
        )
    )
    golden.check("views/announcement_worst_case", sent_message(message))
    assert "<!channel>" not in message.text
