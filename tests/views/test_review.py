"""What is shown between the form and the deployment."""

import pytest

from bot.domain.placement import Outlook, Plan
from bot.domain.platform import Limits
from bot.errors import HostnameTaken
from handlers.ids import Callback
from handlers.views import review
from handlers.views.validator import ack_problems
from tests.conftest import Golden
from tests.views.checking import sent_view, texts
from tests.views.examples import AI4EOSC, DRAFT, HELD, HOSTILE, REFERENCE, YOLO, request

NOW_PLAN = Plan(outlook=Outlook.NOW)
WAITING = Plan(outlook=Outlook.NOT_YET, reasons=("every fitting GPU is taken",), gpu_holders=7)
NEVER = Plan(outlook=Outlook.NEVER, reasons=("no machine has a GPU of the model Tesla T4",))
UNKNOWN = Plan(outlook=Outlook.UNKNOWN, reasons=("The cluster does not answer.",))
TAKEN = HostnameTaken("The name “plants” is taken.", hint="Choose another name, or leave it empty.")
HOSTILE_REQUEST = request(
    title=HOSTILE, image=HOSTILE, tag=HOSTILE, gpu_model=HOSTILE, site=HOSTILE, hostname=HOSTILE, storage=None
)


@pytest.mark.parametrize(
    ("name", "plan"),
    [
        ("starts_now", NOW_PLAN),
        ("waits", WAITING),
        ("never", NEVER),
        ("unknown", UNKNOWN),
        ("worst_case", Plan(outlook=Outlook.NOT_YET, reasons=(HOSTILE,) * 30, gpu_holders=10**9)),
    ],
)
def test_plan_is_shown_before_anything_is_submitted(golden: Golden, name: str, plan: Plan) -> None:
    """The summary says what, where, on which hardware, and when it starts."""
    asked = HOSTILE_REQUEST if name == "worst_case" else request()
    view = review.planned(asked, plan, draft=DRAFT, platform=AI4EOSC, module=YOLO, external_id="review-1")
    golden.check(f"views/review_{name}", sent_view(view))


@pytest.mark.parametrize(("plan", "submit"), [(NOW_PLAN, True), (WAITING, True), (UNKNOWN, True), (NEVER, False)])
def test_what_can_never_run_cannot_be_submitted(plan: Plan, submit: bool) -> None:  # noqa: FBT001 - a parameter
    """There is a Deploy button unless the plan says never."""
    view = sent_view(review.planned(request(), plan, draft=DRAFT, platform=AI4EOSC, module=YOLO))
    assert ("submit" in view) is submit


@pytest.mark.parametrize(
    ("holders", "text"),
    [
        (0, "0 deployments hold such a GPU right now."),
        (1, "1 deployment holds such a GPU right now."),
        (None, "How many deployments hold such a GPU is not known."),
    ],
)
def test_waiting_for_a_gpu_says_how_many_hold_one(holders: int | None, text: str) -> None:
    """The number is told, no names; no data is not zero."""
    plan = Plan(outlook=Outlook.NOT_YET, gpu_holders=holders)
    assert text in review.outlook(plan, gpus=1)


def test_waiting_without_a_gpu_does_not_speak_of_gpus() -> None:
    """Who waits for memory is not told about GPUs."""
    plan = Plan(outlook=Outlook.NOT_YET, reasons=("no machine has enough free memory",), gpu_holders=3)
    assert "GPU" not in review.outlook(plan, gpus=0)


def test_steps_of_a_submission(golden: Golden) -> None:
    """Checking, submitting, submitted and refused, the last with what to do next."""
    steps = {
        "checking": sent_view(review.checking(DRAFT, external_id="review-1")),
        "submitting": sent_view(review.submitting("Plankton run", draft=DRAFT)),
        "submitted": sent_view(review.submitted("Plankton run", draft=DRAFT)),
        "refused": sent_view(review.refused(TAKEN, reference=REFERENCE, draft=DRAFT)),
    }
    golden.check("views/review_steps", steps)
    assert steps["submitted"]["clear_on_close"] is True
    assert [step["private_metadata"] for step in steps.values()] == [DRAFT] * 4


def test_an_untitled_deployment_is_submitted_too() -> None:
    """Without a title the view still reads as a sentence."""
    assert "Your deployment is being submitted" in texts(sent_view(review.submitting(" ", draft=DRAFT)))


def test_a_third_gpu_is_refused_naming_the_two_that_are_held(golden: Golden) -> None:
    """Each has a Stop button; the one that failed but still holds is said to."""
    view = sent_view(review.over_gpu_limit(HELD, Limits(), draft=DRAFT))
    golden.check("views/review_over_gpu_limit", view)
    assert view["callback_id"] == Callback.DEPLOY_OVER_LIMIT
    assert "still holds its GPU" in texts(view)


def test_views_fit_into_an_answer() -> None:
    """Checking and submitting travel in the ack itself, which must stay small."""
    push = {"response_action": "push", "view": review.checking(DRAFT).to_dict()}
    update = {"response_action": "update", "view": review.submitting(HOSTILE, draft=DRAFT).to_dict()}
    assert ack_problems(push) == []
    assert ack_problems(update) == []
