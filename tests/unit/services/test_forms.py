"""The form opens from memory, keeps what was typed, and follows what is chosen."""

import pytest

from bot.domain.base import DraftId
from bot.domain.request import Field
from bot.errors import NotAMember, NotFound, NotYours
from tests.fakes.catalog import DEMO_APP
from tests.unit.services.house import ADA, BOB, House


@pytest.fixture
def house() -> House:
    """Give the use cases on a cluster with two sites and a GPU."""
    house = House()
    house.cluster.add_node("n1", gpus=(("Tesla T4", 1),))
    return house


def test_a_command_fills_in_the_form(house: House) -> None:
    """What was typed stands in the form, the rest at its default."""
    _, form = house.open(module="DEMO-APP", cpu="6", title="My run", service="jupyter")

    assert form.values[Field.MODULE] == "demo-app"
    assert (form.values[Field.CPU], form.values[Field.TITLE], form.values[Field.RAM]) == ("6", "My run", "2500")
    assert form.asks_password
    assert form.problems == ()


def test_what_a_command_says_wrongly_is_marked_in_the_form(house: House) -> None:
    """The form opens all the same, with the doubtful fields named and a value that Slack can show."""
    _, form = house.open(cpu="99", tag="gpuu")

    assert {problem.field for problem in form.problems} == {Field.CPU, Field.TAG}
    assert (form.values[Field.CPU], form.values[Field.TAG]) == ("2", "cpu")


def test_an_unknown_module_gets_a_guess(house: House) -> None:
    """A typo in the module's name opens the form with the name that was meant."""
    _, form = house.open(module="demo-ap")

    assert "Did you mean demo-app?" in form.problems[0].text


def test_a_module_that_cannot_be_deployed_is_said_to_be_so(house: House) -> None:
    """It is in the catalogue, so "there is none" would be wrong; its maintainers learn what to mend."""
    _, form = house.open(module="torn-page")

    (problem,) = form.problems
    assert "“torn-page” is in the catalogue, but cannot be deployed" in problem.text
    assert "is not valid YAML: line 4" in problem.text


def test_the_form_opens_without_cluster_and_catalogue() -> None:
    """Nothing that may be away is asked before the form is on the screen."""
    house = House()
    house.cluster.go_down()

    _, form = house.open(module="demo-app")

    assert form.module is not None
    assert any("cluster does not answer" in notice for notice in form.notices)


def test_a_gpu_brings_its_tag_and_its_fields(house: House) -> None:
    """The tag's default follows the hardware, and models are offered."""
    draft, _ = house.open()

    form = house.forms.refine(draft.id, ADA, {Field.MODULE: "demo-app", Field.GPU: "1", Field.TAG: "cpu"})

    assert form.values[Field.TAG] == "gpu"
    assert form.gpu_models == ("Tesla T4",)
    assert form.applies(Field.GPU_MODEL)


def test_what_was_typed_survives_a_change_of_platform(house: House) -> None:
    """Limits change, titles do not; a number that no longer fits goes back to its default."""
    draft, _ = house.open(cpu="9", title="My run")

    form = house.forms.refine(draft.id, ADA, {Field.PLATFORM: "tutorials", Field.CPU: "9", Field.TITLE: "My run"})

    assert (form.values[Field.CPU], form.values[Field.TITLE]) == ("2", "My run")
    assert not form.applies(Field.GPU)


def test_help_and_storage_are_switched_without_losing_anything(house: House) -> None:
    """A toggle changes one thing."""
    draft, _ = house.open(title="My run")
    house.forms.refine(draft.id, ADA, {Field.TITLE: "My longer run"}, toggle=Field.DESCRIPTION)

    form = house.forms.refine(draft.id, ADA, {Field.TITLE: "My longer run"}, toggle=Field.STORAGE_URL)

    assert (form.shows_help, form.wants_storage) == (True, True)
    assert form.values[Field.TITLE] == "My longer run"


def test_secrets_are_never_kept_in_a_draft(house: House) -> None:
    """A password that comes with the state goes nowhere."""
    draft, _ = house.open(service="jupyter")

    house.forms.refine(draft.id, ADA, {Field.PASSWORD: "do not keep me"})

    assert "do not keep me" not in repr(house.forms.draft(draft.id, ADA.slack_user))


def test_the_second_gpu_makes_the_form_ask_for_a_reason(house: House) -> None:
    """Once the cluster was asked, the form knows what the person holds, and goes on knowing it."""
    house.deploy(gpu="1", tag="gpu")
    draft, form = house.open(gpu="1", tag="gpu")

    complete = house.forms.complete(draft.id, ADA)
    later = house.forms.refine(draft.id, ADA, {Field.TITLE: "x"})

    assert (form.asks_gpu_reason, complete.asks_gpu_reason, later.asks_gpu_reason) == (False, True, True)


def test_a_form_belongs_to_who_opened_it(house: House) -> None:
    """A forged or old draft id leads nowhere."""
    draft, _ = house.open(ADA)

    with pytest.raises(NotYours):
        house.forms.refine(draft.id, BOB, {})
    with pytest.raises(NotFound):
        house.forms.refine(DraftId("nothing"), ADA, {})


def test_who_belongs_nowhere_gets_no_form(house: House) -> None:
    """A person without a platform is told whom to ask."""
    with pytest.raises(NotAMember):
        house.open(ADA.model_copy(update={"platforms": ()}))


def test_a_confirmation_is_said_of_one_tag_only(house: House) -> None:
    """Another tag that must be confirmed is not confirmed by the tick for the first."""
    house.catalog.publish(DEMO_APP, "cpu", "gpu", "2.0-gpu")
    house.catalog.refresh_tags(DEMO_APP.image)
    draft, _ = house.open()
    ticked = {Field.MODULE: "demo-app", Field.TAG: "gpu", Field.TAG_CONFIRMED: "yes"}
    house.forms.refine(draft.id, ADA, ticked)

    form = house.forms.refine(draft.id, ADA, {**ticked, Field.TAG: "2.0-gpu"})

    assert form.asks_tag_confirmation
    assert Field.TAG_CONFIRMED not in form.values


def test_what_was_reviewed_is_what_is_submitted(house: House) -> None:
    """A default that would be another by now does not slip in between review and submission."""
    house.catalog.registry_is_up = False
    draft, _ = house.open(module="owl-caller")
    _, checked = house.forms.check(draft.id, ADA, {}, {})
    house.catalog.registry_is_up = True
    house.catalog.refresh_tags("deephdc/owl-caller")

    again = house.forms.check_reviewed(draft.id, ADA, {})

    assert checked.request is not None
    assert again.request == checked.request or {problem.field for problem in again.problems} == {Field.TAG}


def test_a_form_that_changed_after_its_review_is_not_submitted(house: House) -> None:
    """Only what was looked at goes to the cluster."""
    draft, _ = house.open()
    house.forms.check(draft.id, ADA, {}, {})
    house.forms.refine(draft.id, ADA, {Field.CPU: "5"})

    with pytest.raises(NotFound):
        house.forms.check_reviewed(draft.id, ADA, {})


def test_a_reason_given_with_the_command_counts_before_its_field_is_on_the_screen(house: House) -> None:
    """`--gpu-reason` is not lost when somebody is quicker than the cluster."""
    draft, _ = house.open(gpu="1", tag="gpu", gpu_reason="side by side")

    _, checked = house.forms.check(draft.id, ADA, {Field.GPU: "1", Field.TAG: "gpu"}, {})

    assert checked.request is not None
    assert checked.request.gpu_reason == "side by side"


def test_keeping_a_draft_late_does_not_undo_what_was_done_meanwhile(house: House) -> None:
    """A person who is quicker than the database loses nothing."""
    draft, _ = house.open()
    house.forms.check(draft.id, ADA, {Field.TITLE: "Quick"}, {})

    house.forms.keep(draft)

    assert house.forms.reviewed_title(draft.id, ADA) == "Quick"
