"""What is answered to a line with `--yes`."""

import pytest

from bot.domain.placement import Outlook, Plan
from bot.domain.platform import Limits
from bot.domain.request import Field, Problem
from bot.errors import RejectedByCluster
from bot.services.deploying import OverGpuLimit
from handlers.ids import Action
from handlers.views import deploy_form, one_line
from tests.conftest import Golden
from tests.views.checking import elements, sent_message
from tests.views.examples import AI4EOSC, HELD, HOSTILE, REFERENCE, YOLO, request

COMMAND = "deploy ai4os-yolo-torch --gpu 1"
WAITING = Plan(outlook=Outlook.NOT_YET, reasons=("every fitting GPU is taken",), gpu_holders=7)
REJECTED = RejectedByCluster("Nomad does not take this deployment: a quota is used up.", hint="Ask the operators.")


def test_answers_to_a_line(golden: Golden) -> None:
    """Checking, then submitted with what and when, or why not and how to go on."""
    over = OverGpuLimit(HELD, Limits())
    never = Plan(outlook=Outlook.NEVER, reasons=("no machine has a GPU of the model Tesla T4",))
    unknown = Plan(outlook=Outlook.UNKNOWN, reasons=("The cluster does not answer.",))
    golden.check(
        "views/one_line",
        {
            "checking": sent_message(one_line.checking()),
            "submitted": sent_message(one_line.submitted(request(), WAITING, platform=AI4EOSC, module=YOLO)),
            "never": sent_message(one_line.not_submitted(request(), never, command=COMMAND)),
            "unknown": sent_message(one_line.not_submitted(request(), unknown, command=COMMAND)),
            "over the limit": sent_message(one_line.over_gpu_limit(HELD, Limits(), over, command=COMMAND)),
            "rejected": sent_message(one_line.refused(REJECTED, reference=REFERENCE, command=COMMAND)),
            "twice": sent_message(one_line.twice()),
        },
    )


def test_the_form_that_is_offered_says_what_it_is_for(golden: Golden) -> None:
    """When Slack did not open it in time, the doubts stand above the button."""
    problem = Problem(field=Field.CPU, text="CPUs must be from 1 to 10 on AI4EOSC.")
    golden.check("views/deploy_form_doubts", sent_message(deploy_form.reopen(command=COMMAND, problems=(problem,))))


@pytest.mark.parametrize("outlook", list(Outlook))
def test_the_text_alone_says_whether_it_was_started(outlook: Outlook) -> None:
    """A notification and a screen reader get nothing else."""
    plan = Plan(outlook=outlook, reasons=("a reason",))
    text = one_line.not_submitted(request(), plan, command=COMMAND).text

    assert ("was started" in text) is (outlook in {Outlook.NEVER, Outlook.UNKNOWN})


def test_what_may_still_be_carried_out_is_not_offered_again() -> None:
    """A second attempt beside one whose outcome is open would be a second deployment."""
    message = sent_message(one_line.refused(REJECTED, reference=REFERENCE))

    assert Action.MENU_DEPLOY not in elements(message)


def test_hostile_values_make_a_message() -> None:
    """Whatever was asked for, Slack takes the answer, and nothing in it is markup."""
    hostile = request(title=HOSTILE, image=HOSTILE, tag=HOSTILE, gpu_model=HOSTILE, site=HOSTILE, storage=None)
    message = sent_message(one_line.submitted(hostile, WAITING, platform=AI4EOSC, module=YOLO))

    assert "<!channel>" not in str(message)
    assert "<@U1>" not in str(message)
