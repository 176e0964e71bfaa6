"""The form in the local workspace: what it shows, marks and keeps, and what is submitted in the end."""

from bot.domain.request import Field
from playground.slack.screen import ShownView
from tests.app.town import Town


def _open(town: Town, options: str = "demo-app") -> ShownView:
    town.ada.command("/ai4os", f"deploy {options}")
    return town.ada.wait_for_modal(lambda view: view.callback_id == "deploy.form")


def _changed(town: Town, fits: str) -> ShownView:
    return town.ada.wait_for_modal(lambda view: fits in view.text)


def test_before_a_module_is_chosen_only_what_applies_is_asked(town: Town) -> None:
    """The first screen asks for a module, not for twelve things."""
    view = _open(town, "")

    assert view.labels == ("Platform", "Module", "Title")


def test_modules_are_searched_and_told_apart(town: Town) -> None:
    """Typing finds by name, title and tag, and the groups say what each is good for."""
    view = _open(town, "")

    everything = {option.value for option in town.ada.type_in_select(view, "module", "")}
    found = [option.value for option in town.ada.type_in_select(view, "module", "plankton")]

    assert everything == {"demo-app", "plankton-classifier", "cloud-trainer", "owl-caller", "ai4os-dev-env"}
    assert found == ["plankton-classifier"]


def test_choosing_a_module_brings_its_fields_and_keeps_what_was_typed(town: Town) -> None:
    """The title stays, and the services are those that the module can run."""
    view = _open(town, "")
    town.ada.fill(view, {"title": "Kept"})
    town.ada.type_in_select(view, "module", "")
    town.ada.choose(view, "module", "ai4os-dev-env")

    view = _changed(town, "VSCode")

    assert view.value("title") == "Kept"
    assert "DEEPaaS" not in [option.text for option in view.options("Service")]
    assert view.has("password")


def test_the_tag_follows_the_hardware(town: Town) -> None:
    """With a GPU the GPU build is offered first, and the model can be chosen."""
    view = _open(town)
    town.ada.select(view, "GPUs", "1")

    view = _changed(town, "GPU model")

    assert view.value("Docker tag") == "gpu"


def test_help_explains_every_field_and_keeps_what_was_typed(town: Town) -> None:
    """The how-to's Show help toggle."""
    view = _open(town, "demo-app --service jupyter")
    town.ada.fill(view, {"Title": "Mine", "password": "long enough"})
    town.ada.click(view, "deploy.toggle_help")

    shown = _changed(town, "Hide help")

    hints = [block for block in shown.blocks if block.get("type") == "input" and block.get("hint")]
    inputs = [block for block in shown.blocks if block.get("type") == "input"]
    assert len(hints) == len(inputs)
    assert (shown.value("Title"), shown.value("password")) == ("Mine", "long enough")


def test_storage_fields_appear_on_request(town: Town) -> None:
    """Nextcloud is asked for only when it is wanted, and then completely."""
    view = _open(town)
    town.ada.click(view, "deploy.toggle_storage")
    view = _changed(town, "No storage")
    town.ada.fill(view, {"storage_url": "https://share.example.org/remote.php/dav/files/ada"})

    result = town.ada.submit()

    assert set(result.errors) == {"storage_user", "storage_password"}


def test_every_wrong_field_is_marked_at_once(town: Town) -> None:
    """One submission tells about everything that is wrong."""
    view = _open(town, "demo-app --service jupyter")
    town.ada.fill(view, {"password": "short", "Description": "x" * 999})
    town.ada.select(view, "Docker tag", "gpu")
    view = _changed(town, "built for GPUs")

    result = town.ada.submit()

    fields = {block_id.split(":")[0] for block_id in result.errors}
    assert fields == {"password", "tag"}
    assert all(text.endswith((".", "?")) for text in result.errors.values())
    assert town.workspace.problems == ()


def test_a_doubtful_tag_passes_once_it_is_confirmed(town: Town) -> None:
    """Asked about, never silently accepted."""
    view = _open(town)
    town.ada.select(view, "Docker tag", "gpu")
    view = _changed(town, "built for GPUs")
    confirmation = next(block["block_id"] for block in view.blocks if block["block_id"].startswith("tag_confirmed"))
    town.ada.select(view, confirmation, ["yes"])

    assert town.ada.submit().accepted


def test_what_the_command_says_wrongly_is_shown_in_the_form(town: Town) -> None:
    """The form opens with the doubtful values named."""
    view = _open(town, "demo-app --cpu 99 --service telnet")

    assert "from 1 to 10" in view.text
    assert "not a service" in view.text


def test_the_review_says_when_it_starts(town: Town) -> None:
    """Before submitting, the plan's answer is shown."""
    assert "starts now" in town.review().text


def test_the_review_says_what_a_gpu_waits_for(town: Town) -> None:
    """How many hold one, and no names."""
    town.simulated.fill_gpus("somebody@example.org")

    text = town.review(options="demo-app --gpu 1").text

    assert "wait" in text
    assert "somebody" not in text
    assert any(character.isdigit() for character in text.split("hold")[0])


def test_what_can_never_run_is_refused_with_its_reason(town: Town) -> None:
    """There is nothing to press, and the reason says what to change."""
    for node in town.simulated.nodes():
        town.simulated.drop_devices(node.name)
    town.bot.cluster.refresh_nodes()

    view = town.review(options="demo-app --gpu 1")

    assert view.submit_label is None
    assert "GPU" in view.text


def test_going_back_from_the_review_keeps_everything(town: Town) -> None:
    """Back means back to the form as it was."""
    town.review(options='demo-app --title "Mine" --cpu 3')
    town.ada.close()

    view = town.ada.wait_for_modal()

    assert (view.callback_id, view.value("Title"), str(view.value("cpu:ai4eosc:demo-app"))) == (
        "deploy.form",
        "Mine",
        "3",
    )


def test_the_form_opens_while_nomad_is_down(town: Town) -> None:
    """The trigger is not spent on waiting, and the review says what is the matter."""
    town.simulated.unplug()
    view = _open(town)

    town.ada.submit()

    assert view.title == "Deploy a module"
    review = town.ada.wait_for_modal(lambda shown: shown.callback_id not in {"deploy.form", "deploy.checking"})
    assert "cannot be reached" in review.text


def test_the_form_says_so_when_the_registry_is_down(town: Town) -> None:
    """The usual tags serve, and nobody is left to believe that they are known."""
    town.registry.is_down = True

    _open(town, "owl-caller")

    assert town.ada.wait_for_modal(lambda view: "not known for sure" in view.text).options("Docker tag")


def test_an_expired_trigger_gets_a_button_that_opens_the_form(town: Town) -> None:
    """When Slack was too slow, one press makes up for it, with what was typed."""
    town.workspace.faults.refuse("views.open", "expired_trigger_id")
    message = town.ada.command("/ai4os", "deploy demo-app --cpu 3").wait_for_message()

    town.ada.click(message, "menu.deploy")

    assert str(town.ada.wait_for_modal().value("cpu:ai4eosc:demo-app")) == "3"


def test_a_double_click_on_deploy_gives_one_deployment(town: Town) -> None:
    """Slack delivers twice, the cluster gets one job and the person one message."""
    town.review()
    town.ada.submit()
    town.workspace.redeliver(town.workspace.acks[-1])
    town.ada.wait_for_message(lambda message: "is running" in message.text)

    assert len(town.simulated.jobs()) == 1
    assert len([message for message in town.ada.messages() if "demo-app" in message.text]) == 1


def test_tutorials_have_their_own_limits(town: Town) -> None:
    """Limits follow the platform, and the fields that do not apply go."""
    view = _open(town)
    town.ada.select(view, "Platform", "tutorials")

    view = _changed(town, "CPUs (2–4)")

    assert not view.has("GPUs")


def test_the_job_has_what_the_form_said(town: Town) -> None:
    """What was asked for is what runs."""
    town.submit(options='demo-app --cpu 3 --ram 4000 --disk 3000 --title "Mine" --description "For a test"')

    (job,) = town.simulated.jobs()

    spec = job.spec
    (main,) = [task for task in spec["TaskGroups"][0]["Tasks"] if task["Name"] == "main"]
    assert (main["Resources"]["Cores"], main["Resources"]["MemoryMB"]) == (3, 4000)
    assert spec["TaskGroups"][0]["EphemeralDisk"]["SizeMB"] == 3000
    assert (spec["Meta"]["title"], spec["Meta"]["description"]) == ("Mine", "For a test")
    assert spec["Meta"]["owner_email"] == "ada@example.org"


def test_the_fields_that_exist_are_explained(town: Town) -> None:
    """Every field of the form has a label that a person reads."""
    view = _open(town, "demo-app --service jupyter --gpu 1")

    assert not [label for label in view.labels if label in {str(field) for field in Field}]
