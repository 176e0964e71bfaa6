"""The deploy form: which fields it shows, what stands in them, and that Slack takes it in every state."""

import pytest

from bot.domain.catalog import ImageTags
from bot.domain.deployment import GpuGroup
from bot.domain.form import Form, HeldGpu
from bot.domain.request import Field, Problem
from bot.domain.validation import CONFIRMED
from handlers.ids import Action
from handlers.views import deploy_form
from tests.conftest import Golden
from tests.unit.domain.values import AI4EOSC, NAMED, TUTORIALS, node
from tests.views.checking import elements, inputs, sent_message, sent_view, texts
from tests.views.examples import DEV_ENV, HELD, HOSTILE, UNCERTAIN_TAGS, YOLO, form

SECRET = "a-secret-that-was-typed"
MANY_TAGS = ImageTags(image=YOLO.image, tags=tuple(f"1.{number}-gpu" for number in range(250)), certain=True)
LONG_TAG = "gpu-" + "x" * 120
HOSTILE_MODULE = YOLO.model_copy(
    update={
        "title": HOSTILE,
        "summary": HOSTILE,
        "links": ((HOSTILE, f"https://x.example/{HOSTILE}"),) * 5,
    }
)
HOSTILE_HELD = tuple(HeldGpu(deployment=HOSTILE, title=HOSTILE, gpus=1) for _ in range(30))
HOSTILE_NODES = tuple(
    node(f"n{number}", GpuGroup(model=f"{number}{HOSTILE}"[:75], count=1), site=f"{number}{HOSTILE}"[:75])
    for number in range(150)
)
PROBLEMS = tuple(Problem(field=field, text=HOSTILE) for field in Field)


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("new", form(None, platforms=(AI4EOSC, TUTORIALS))),
        ("inference", form()),
        ("retraining_on_a_gpu", form(service="jupyter", gpu="1", title="Plankton run", held=HELD[:1])),
        ("with_help_and_storage", form(service="jupyter", shows_help=True, wants_storage=True)),
        ("development", form(DEV_ENV)),
        ("tutorials", form(platforms=(TUTORIALS,), nodes=())),
        ("with_hostname", form(platforms=(NAMED,), hostname="my-plants")),
        ("registry_and_cluster_down", form(tags=UNCERTAIN_TAGS, nodes=(), held=None)),
        ("tag_to_confirm", form(tag="gpu")),
        ("from_a_command_with_mistakes", form(cpu="99", problems=(Problem(field=Field.CPU, text="CPUs: 1 to 10."),))),
        (
            "worst_case",
            form(
                HOSTILE_MODULE,
                platforms=(NAMED, TUTORIALS),
                nodes=HOSTILE_NODES,
                tags=MANY_TAGS,
                held=HOSTILE_HELD,
                problems=PROBLEMS,
                shows_help=True,
                wants_storage=True,
                service="jupyter",
                gpu="1",
                title=HOSTILE,
                description=HOSTILE,
                hostname=HOSTILE,
                gpu_reason=HOSTILE,
                storage_url=HOSTILE,
                storage_user=HOSTILE,
            ),
        ),
    ],
)
def test_form_looks_as_it_should(golden: Golden, name: str, state: Form) -> None:
    """Each state of the form is what its golden file says, and within Slack's limits."""
    golden.check(f"views/deploy_form_{name}", sent_view(deploy_form.render(state)))


def test_before_a_module_is_chosen_only_the_start_is_asked_for() -> None:
    """An empty form asks for the platform, the module and a title."""
    view = sent_view(deploy_form.render(form(None, platforms=(AI4EOSC, TUTORIALS))))
    assert list(inputs(view)) == ["platform", "module", "title"]


def test_fields_come_in_the_order_of_the_dashboard() -> None:
    """General, then hardware, then storage, as the how-to has them."""
    state = form(platforms=(NAMED, TUTORIALS), service="jupyter", gpu="1", held=HELD[:1], wants_storage=True)
    view = sent_view(deploy_form.render(state))
    assert list(inputs(view)) == [
        "platform",
        "module",
        "service",
        "password",
        "tag",
        "title",
        "description",
        "hostname",
        "cpu",
        "gpu",
        "gpu_model",
        "gpu_reason",
        "ram",
        "disk",
        "site",
        "storage_url",
        "storage_user",
        "storage_password",
    ]


def test_only_an_editor_asks_for_a_password() -> None:
    """DEEPaaS has no password; JupyterLab has one, which may be left empty."""
    deepaas = inputs(sent_view(deploy_form.render(form(service="deepaas"))))
    jupyter = inputs(sent_view(deploy_form.render(form(service="jupyter"))))
    assert "password" not in deepaas
    assert jupyter["password"]["optional"] is True


def test_no_secret_is_ever_in_the_form() -> None:
    """A secret that reached the form's values all the same is not shown."""
    values = {Field.PASSWORD: SECRET, Field.STORAGE_PASSWORD: SECRET}
    state = form(service="jupyter", wants_storage=True)
    state = state.model_copy(update={"values": state.values | values})
    assert SECRET not in str(sent_view(deploy_form.render(state)))


def test_changes_that_alter_the_form_are_reported() -> None:
    """Platform, module, service, GPUs and tag are sent when they change, the others only at the end."""
    view = sent_view(deploy_form.render(form(platforms=(AI4EOSC, TUTORIALS))))
    reported = [name for name, block in inputs(view).items() if block.get("dispatch_action")]
    assert reported == ["platform", "module", "service", "tag", "gpu"]


def test_help_explains_every_field() -> None:
    """With Show help on, every input has a hint, and the button offers to hide it."""
    state = form(platforms=(NAMED, TUTORIALS), service="jupyter", gpu="1", shows_help=True, wants_storage=True)
    view = sent_view(deploy_form.render(state))
    assert [name for name, block in inputs(view).items() if "hint" not in block] == []
    assert elements(view)[Action.TOGGLE_HELP]["text"]["text"] == "Hide help"


def test_service_hint_tells_how_to_have_both() -> None:
    """The either/or and the way around it are said even without help."""
    view = sent_view(deploy_form.render(form()))
    assert "deep-start --deepaas" in inputs(view)["service"]["hint"]["text"]


def test_limits_stand_beside_the_numbers() -> None:
    """The allowed range is in the label and in the input."""
    block = inputs(sent_view(deploy_form.render(form())))["ram"]
    assert block["label"]["text"] == "RAM in MB (2,000–40,000)"
    assert (block["element"]["min_value"], block["element"]["max_value"]) == ("2000", "40000")
    assert block["element"]["is_decimal_allowed"] is False


def test_a_second_gpu_asks_for_its_reason_and_names_the_first() -> None:
    """Who holds a GPU and asks for another is asked why, and told with what the first is held."""
    view = sent_view(deploy_form.render(form(gpu="1", held=HELD[:1])))
    assert "Plankton run" in inputs(view)["gpu"]["hint"]["text"]
    assert "gpu_reason" in inputs(view)


def test_tags_for_other_hardware_stand_apart() -> None:
    """CPU and GPU builds are in groups of their own, those that suit the hardware first."""
    on_cpu = inputs(sent_view(deploy_form.render(form())))["tag"]["element"]
    on_gpu = inputs(sent_view(deploy_form.render(form(gpu="1"))))["tag"]["element"]
    assert [group["label"]["text"] for group in on_cpu["option_groups"]] == ["CPU builds", "Other tags", "GPU builds"]
    assert [group["label"]["text"] for group in on_gpu["option_groups"]] == ["GPU builds", "Other tags", "CPU builds"]
    assert (on_cpu["initial_option"]["value"], on_gpu["initial_option"]["value"]) == ("cpu", "gpu")


def test_a_chosen_tag_beyond_the_first_hundred_is_still_offered() -> None:
    """Of 250 tags a hundred are offered, the chosen one among them, and the rest is counted."""
    block = inputs(sent_view(deploy_form.render(form(tags=MANY_TAGS, gpu="1", tag="1.249-gpu"))))["tag"]
    offered = block["element"]["option_groups"][0]["options"]
    assert len(offered) == 100
    assert block["element"]["initial_option"]["value"] == "1.249-gpu"
    assert block["hint"]["text"].startswith("150 more tags are not shown")


@pytest.mark.parametrize(
    "tags",
    [
        ImageTags(image="x", tags=(), certain=False),
        ImageTags(image="x", tags=(LONG_TAG,), certain=True),
        ImageTags(image="x", tags=("latest", LONG_TAG), certain=True),
    ],
)
def test_a_tag_that_no_choice_can_hold_is_typed(tags: ImageTags) -> None:
    """Without known tags, or with a chosen one too long for a choice, the tag is a text."""
    view = sent_view(deploy_form.render(form(tags=tags, gpu="1", tag=LONG_TAG)))
    assert inputs(view)["tag"]["element"]["type"] == "plain_text_input"


def test_a_mismatched_tag_asks_to_be_confirmed() -> None:
    """A GPU tag without a GPU needs a tick, and says why."""
    block = inputs(sent_view(deploy_form.render(form(tag="gpu"))))["tag_confirmed"]
    assert "built for GPUs" in block["hint"]["text"]
    assert block["element"]["options"][0]["value"] == CONFIRMED


def test_storage_fields_appear_on_demand() -> None:
    """The button toggles the three storage fields."""
    without = sent_view(deploy_form.render(form()))
    connected = sent_view(deploy_form.render(form(wants_storage=True)))
    assert "storage_url" not in inputs(without)
    assert "storage_url" in inputs(connected)
    assert elements(connected)[Action.TOGGLE_STORAGE]["text"]["text"] == "No storage"


def test_a_title_that_is_too_long_is_cut_and_says_so() -> None:
    """Nothing is cut silently."""
    block = inputs(sent_view(deploy_form.render(form(title="x" * 60))))["title"]
    assert len(block["element"]["initial_value"]) == 45
    assert "cut to 45" in block["hint"]["text"]


def test_all_wrong_fields_are_marked_at_once() -> None:
    """Each problem stands under its own input, several of one field together, without code marks."""
    state = form(service="jupyter")
    found = deploy_form.errors(
        state,
        [
            Problem(field=Field.PASSWORD, text="Too short."),
            Problem(field=Field.TAG, text="`x` is no tag."),
            Problem(field=Field.TAG, text="Choose another."),
        ],
    )
    assert found == {
        state.block_id(Field.PASSWORD): "Too short.",
        state.block_id(Field.TAG): "“x” is no tag. Choose another.",
    }


def test_a_problem_without_an_input_stands_under_the_module() -> None:
    """What is not shown cannot be marked, so its name goes in front under the module."""
    state = form()
    assert deploy_form.errors(state, [Problem(field=Field.HOSTNAME, text="Taken.")]) == {"module": "Hostname: Taken."}


def test_errors_name_the_blocks_that_are_on_the_screen() -> None:
    """A view that is a step behind the form gets its own block ids back."""
    shown = ["module", "tag:ai4os-yolo-torch:cpu"]
    problems = [Problem(field=Field.TAG, text="No."), Problem(field=Field.GPU_REASON, text="Why?")]
    found = deploy_form.errors(form(gpu="1"), problems, shown=shown)
    assert found == {"tag:ai4os-yolo-torch:cpu": "No.", "module": "Why is a second GPU really needed?: Why?"}


def test_foreign_texts_are_shown_and_not_interpreted() -> None:
    """A module's title cannot ping anybody or make links."""
    view = sent_view(deploy_form.render(form(HOSTILE_MODULE)))
    about = next(block for block in view["blocks"] if block["block_id"] == "module_facts")["elements"][0]
    assert "<!channel>" not in about["text"]
    assert "&lt;!channel&gt;" in about["text"]
    assert about["verbatim"] is True


def test_an_expired_form_can_be_opened_again(golden: Golden) -> None:
    """When Slack was too slow, a button opens the form with what the command said."""
    golden.check("views/deploy_form_expired", sent_message(deploy_form.reopen(command="deploy ai4os-yolo-torch")))


def test_what_can_be_read_is_short() -> None:
    """The form with one platform and no help stays readable."""
    assert len(texts(sent_view(deploy_form.render(form())))) < 2500


def test_the_longest_problems_fit() -> None:
    """Problems that all have the longest label and text still make a form, with a count of the rest."""
    problems = (Problem(field=Field.GPU_REASON, text="x" * 500),) * 30
    assert "… and 15 more" in texts(sent_view(deploy_form.render(form(problems=problems))))


def test_a_text_of_nothing_visible_leaves_its_field_empty() -> None:
    """Control characters alone are no title."""
    block = inputs(sent_view(deploy_form.render(form(title="\x00\u202e"))))["title"]
    assert "initial_value" not in block["element"]


def test_a_command_too_long_for_a_button_opens_an_empty_form() -> None:
    """A value cut in the middle would be misunderstood, so it is left out."""
    message = sent_message(deploy_form.reopen(command="deploy " + "x" * 2000))
    assert "value" not in elements(message)[Action.MENU_DEPLOY]
