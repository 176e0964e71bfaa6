"""What is shown between the form and the deployment: the plan's answer, then the outcome."""

from collections.abc import Sequence

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.domain.base import DraftId
from bot.domain.catalog import Module
from bot.domain.form import HeldGpu
from bot.domain.placement import Outlook, Plan
from bot.domain.platform import Limits, Platform
from bot.domain.request import DeploymentRequest
from bot.errors import BotError
from handlers.ids import BlockId, Callback
from handlers.views import failure, mrkdwn, waiting, wording
from handlers.views.elements import context, facts, modal, section
from handlers.views.held_gpus import held_blocks

TITLE = "Before you deploy"
_HEADLINES = {
    Outlook.NOW: ":white_check_mark: *It starts now.* There is room for it.",
    Outlook.NOT_YET: ":hourglass_flowing_sand: *It has to wait.*",
    Outlook.NEVER: ":no_entry: *It can never run here* as it is.",
    Outlook.UNKNOWN: ":grey_question: *Nobody knows yet when it starts*, because the cluster could not be asked.",
}
_NEXT_STEPS = {
    Outlook.NOW: "",
    Outlook.NOT_YET: "It starts by itself as soon as something is free; a message tells you.",
    Outlook.NEVER: "Press Back and change what stands in the way. Nothing was changed.",
    Outlook.UNKNOWN: "You can deploy all the same, or go back and try again in a minute.",
}
_NOT_SUBMITTED = {
    Outlook.NEVER: "Nothing was started. Open the form and change what stands in the way.",
    Outlook.UNKNOWN: "So nothing was started. Try again in a minute, or open the form, which lets you deploy even so.",
}
_REASONS = 5


def checking(draft: DraftId, *, external_id: str = "") -> View:
    """Return what is shown while the cluster is asked for its plan."""
    return waiting.render(Callback.DEPLOY_CHECKING, metadata=draft, external_id=external_id)


def planned(
    request: DeploymentRequest,
    plan: Plan,
    *,
    draft: DraftId,
    platform: Platform,
    module: Module,
    external_id: str = "",
) -> View:
    """Return the summary with the plan's answer; it can be submitted unless the deployment can never run."""
    blocks: list[Block] = [
        section(
            f"{mrkdwn.name(request.title or module.title)} on {mrkdwn.foreign(platform.title, 60)}",
            block_id=BlockId.HEAD,
        ),
        facts(summary(request, module), block_id=BlockId.SUMMARY),
        section(outlook(plan, gpus=request.gpus), block_id=BlockId.OUTLOOK),
    ]
    return modal(
        TITLE,
        blocks,
        callback=Callback.DEPLOY_REVIEW,
        submit="" if plan.outlook is Outlook.NEVER else "Deploy",
        close="Back",
        metadata=draft,
        external_id=external_id,
    )


def outlook(plan: Plan, *, gpus: int, is_in_form: bool = True) -> str:
    """Say when it starts, what it waits for and how many hold it, without names, and what to do next.

    Outside the form, what is not sure to run is not submitted.
    """
    reasons = [f"• {mrkdwn.foreign(wording.sentence(reason), 300)}" for reason in plan.reasons[:_REASONS]]
    holders = [_holders(plan.gpu_holders)] if plan.outlook is Outlook.NOT_YET and gpus else []
    next_steps = _NEXT_STEPS if is_in_form else _NEXT_STEPS | _NOT_SUBMITTED
    parts = [_HEADLINES[plan.outlook], *reasons, *holders, next_steps[plan.outlook]]
    return "\n".join(part for part in parts if part)


def submitting(title: str, *, draft: DraftId, external_id: str = "") -> View:
    """Return what is shown from the press of Deploy until the outcome is known."""
    shown = mrkdwn.name(title) if title.strip() else "Your deployment"
    text = f":hourglass_flowing_sand: {shown} is being submitted …"
    return modal(
        "Deploying",
        [section(text, block_id=BlockId.TEXT)],
        callback=Callback.DEPLOY_SUBMITTING,
        metadata=draft,
        external_id=external_id,
        clear_on_close=True,
    )


def submitted(title: str, *, draft: DraftId, external_id: str = "") -> View:
    """Return the last view: it was accepted, and where to follow it; closing it closes the form too."""
    text = f":white_check_mark: {mrkdwn.name(title)} is submitted."
    follow = "A direct message from me follows it, and brings you the links as soon as it runs. You can close this."
    return modal(
        "Submitted",
        [section(text, block_id=BlockId.TEXT), context(follow, block_id=BlockId.NOTE)],
        callback=Callback.DEPLOY_SUBMITTED,
        close="Done",
        metadata=draft,
        external_id=external_id,
        clear_on_close=True,
    )


def refused(error: BotError, *, reference: str = "", draft: DraftId, external_id: str = "") -> View:
    """Return why it was not deployed and what to do; Back leads to the form with everything typed."""
    return modal(
        "Not known yet" if error.is_in_doubt else "Not deployed",
        failure.blocks(error, reference=reference),
        callback=Callback.DEPLOY_REFUSED,
        close="Back",
        metadata=draft,
        external_id=external_id,
    )


def over_gpu_limit(held: Sequence[HeldGpu], limits: Limits, *, draft: DraftId, external_id: str = "") -> View:
    """Return the refusal of one GPU too many: names the deployments that hold them, each with a button to stop it."""
    return modal(
        "Not deployed",
        held_blocks(held, limits),
        callback=Callback.DEPLOY_OVER_LIMIT,
        close="Back",
        metadata=draft,
        external_id=external_id,
    )


def summary(request: DeploymentRequest, module: Module) -> list[tuple[str, str]]:
    """Return what is or was asked for, as pairs of a label and a value that is escaped already."""
    image = mrkdwn.code(f"{request.image}:{request.tag}", 200)
    storage = mrkdwn.foreign(f"Nextcloud, as {request.storage.user}", 100) if request.storage else "none"
    gpu = "none" if not request.gpus else f"{request.gpus} × {mrkdwn.foreign(request.gpu_model or 'any model', 60)}"
    pairs = [
        ("Module", mrkdwn.foreign(module.title or module.name, 80)),
        ("Service", request.service.label),
        ("Image", image),
        ("CPUs", str(request.cpu)),
        ("GPUs", gpu),
        ("RAM", f"{request.ram_mb:,} MB"),
        ("Disk", f"{request.disk_mb:,} MB"),
        ("Site", mrkdwn.foreign(request.site or "any", 60)),
        ("Storage", storage),
    ]
    return [*pairs, *([("Hostname", mrkdwn.code(request.hostname, 60))] if request.hostname else [])]


def _holders(number: int | None) -> str:
    if number is None:
        return "How many deployments hold such a GPU is not known."
    if number == 1:
        return "1 deployment holds such a GPU right now."
    return f"{number} deployments hold such a GPU right now."
