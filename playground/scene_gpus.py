"""The scenes about GPUs: one for the asking, a second with a reason, a third not at all."""

from playground.scene_actor import FORM, ONE, OVER_LIMIT, THREE, TWO, Actor, expect


def trains_on_a_gpu(actor: Actor) -> None:
    """Deploy with a GPU by one command."""
    view = actor.open_form(f'--gpu 1 --title "{ONE}"')
    expect(view.value("Docker tag") == "gpu", "with a GPU the tag for GPUs is chosen")
    expect(not view.has("gpu_reason"), "nobody has to explain a first GPU")
    actor.submit(actor.review())
    _placed(actor, ONE)


def explains_a_second_gpu(actor: Actor) -> None:
    """Deploy with a second GPU, which needs a reason."""
    actor.open_form(f'--gpu 1 --title "{TWO}"')
    view = actor.see(FORM, lambda changed: changed.has("gpu_reason"))
    expect(ONE in view.text, "the form names the deployment that holds a GPU already")
    marked = dict(actor.ada.submit().errors)
    expect(set(marked) == {"gpu_reason"}, f"the missing reason is marked and nothing else, but marked are {marked}")
    actor.ada.fill(actor.see(FORM), {"gpu_reason": "Both must finish before Friday's review"})
    actor.submit(actor.review())
    _placed(actor, TWO)


def is_refused_a_third_gpu(actor: Actor) -> None:
    """Ask for a third GPU; the refusal names the two that are held."""
    actor.open_form(f'--gpu 1 --gpu-reason "One more comparison" --title "{THREE}"')
    view = actor.review()
    expect(view.callback_id == OVER_LIMIT, "a third GPU is refused")
    expect(ONE in view.text and TWO in view.text, "the refusal names the two deployments that hold one")
    expect(view.buttons == ("Stop", "Stop"), f"the refusal has a button to stop each, but it has {view.buttons}")


def stops_one_of_the_two(actor: Actor) -> None:
    """Stop the first training by the button in the refusal, go back, and deploy after all."""
    view = actor.see(OVER_LIMIT)
    row = next(block for block in view.blocks if block["block_id"].startswith("row") and ONE in block["text"]["text"])
    expect(ONE in row["accessory"]["confirm"]["title"]["text"], "the button asks before it stops what it names")
    actor.ada.click(view, block_id=row["block_id"], confirm=True)
    outcome = actor.see("deployment.stopping", lambda shown: ONE in shown.text)
    actor.announcement(ONE, "is stopped")
    actor.ada.close(outcome)
    actor.submit(actor.review())
    _placed(actor, THREE)


def _placed(actor: Actor, title: str) -> None:
    """Wait until it runs; on a real Nomad others may hold the GPUs, and then it waits."""
    says = ("is running",) if actor.stage.cluster else ("is running", "waits in the queue")
    actor.announcement(title, *says)
