"""Bad input, by command and by form: a clear message and nothing changed; and whatever is a value arrives unharmed."""

import json
import re
import shlex
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from playground.cluster.records import Job
from playground.slack.records import AckRecord, Outcome
from playground.slack.screen import ShownView
from tests.app.town import CATALOGUE, Town, captured_log
from tests.app.town import town as open_town

LONG = timedelta(seconds=10)
TITLES = {
    "emoji and right to left": "🧪 שלום «a» \"b\" 'c'",
    "mrkdwn": "<!channel> & <@U1|x> *b* _i_ ~s~ `ls`",
    "templates": "{{ env }} [[ job ]] %s $(id) `id` \\n",
    "filter": "' or Meta is not empty or '' == '",
    "paths and code": "../../etc; rm -rf / && <script>",
}
DESCRIPTION = 'Line one\nline "two" {{ with }} [[ x ]]\n`three` <!here> 🧪 שלום'
SECRETS = {
    "password": "p@ss \"wörd\" 'x' {{ .y }} ${HOME} `id` 🧪",
    "storage_url": "https://share.example.org/dav/{{x}}/$(id)/ada",
    "storage_user": 'ada "the first" ${USER}',
    "storage_password": "{{ printf }} \\ \"quoted\" 'x' ${PATH}",
}
WRONG_NUMBERS = ["2.5", "1e3", "٣", "½", "-1", "0x10", "1_000", "NaN", "9" * 400, "two", "1 000", "\uff11"]
INTERPRETED = re.compile(r"<!(?!date)|<[@#]|<script")
HOWTO = {"platforms": {"tutorials": {"addresses": "howto"}}}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Give a town for everything that must change nothing; it is looked at in the end."""
    folder = tmp_path_factory.mktemp("shared")
    with open_town(folder, rate_limits=False, AI4OS_BOT_CONFIG=_configured(folder, HOWTO)) as town:
        yield town
        assert town.simulated.jobs() == ()
        assert town.bot.ledger.open_submissions() == ()
        assert town.workspace.problems == ()


@pytest.fixture
def still(shared: Town) -> Town:
    """Give the shared town with no window open."""
    if shared.ada.modal is not None:
        shared.ada.dismiss()
    return shared


def _configured(folder: Path, keys: dict[str, Any]) -> str:
    """Write a configuration file and return its name."""
    file = folder / "bot.yaml"
    file.write_text(json.dumps(keys))
    return str(file)


def _form(town: Town, options: str = "demo-app") -> ShownView:
    """Open the form and wait until what the network knows has come into it."""
    before = len(town.workspace.calls_of("views.update"))
    town.ada.command("/ai4os", f"deploy {options}")
    town.workspace.wait_for(lambda: len(town.workspace.calls_of("views.update")) > before)
    return town.ada.wait_for_modal(lambda each: each.callback_id == "deploy.form")


def _everything(town: Town) -> None:
    """Open a form with every field that can be typed into, and fill it in."""
    view = _form(town, "demo-app --platform tutorials --service jupyter --hostname mine")
    town.ada.click(view, "deploy.toggle_storage")
    view = town.ada.wait_for_modal(lambda each: each.has("storage_url"))
    town.ada.fill(view, {**SECRETS, "title": "Mine"})


def _submitted(town: Town, **values: Any) -> AckRecord:
    """Submit the open form and then once more with values that Slack's own client would not let anybody send."""
    sent = town.ada.submit()
    assert not sent.by_client, sent.errors
    record = next(each for each in reversed(town.workspace.acks) if each.name == "view_submission deploy.form")
    view = json.loads(json.dumps(record.payload["view"]))
    for block_id, elements in view["state"]["values"].items():
        field = block_id.split(":")[0]
        if field in values:
            elements[field]["value"] = values[field]
    return town.workspace.redeliver(replace(record, payload={**record.payload, "view": view}))


def _errors(record: AckRecord) -> dict[str, str]:
    """Return the errors by field that an answer puts into the form."""
    assert record.answer["response_action"] == "errors", record.answer
    return {block_id.split(":")[0]: text for block_id, text in record.answer["errors"].items()}


def _clicked(town: Town, **action: Any) -> AckRecord:
    """Deliver a click of Ada's on a message, with whatever it holds replaced."""
    town.ada.click(town.ada.command("/ai4os").wait_for_message(), "menu.help")
    record = next(each for each in reversed(town.workspace.acks) if each.payload.get("type") == "block_actions")
    actions = [{**record.payload["actions"][0], **action}]
    return town.workspace.redeliver(replace(record, payload={**record.payload, "actions": actions}))


def _job(town: Town, title: str) -> Job:
    return next(job for job in town.simulated.jobs() if job.spec["Meta"].get("title") == title)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("lunch demo-app", "`lunch` is not something I know"),
        ("🧪", "is not something I know"),
        ("deploy demo-app --color red", "`--color` is not an option"),
        ("deploy demo-app --cpu", "`--cpu` needs a value"),
        ("deploy demo-app --cpu 1 --cpus 2", "`--cpu` is given twice"),
        ('deploy demo-app --title "half', "never closed"),
        ("deploy demo-app and more", "but not `and`"),
        ("help everything", "no command `everything`"),
        ("x" * 3000, "is not something I know"),
        ("'; DROP TABLE drafts; --", "never closed"),
        ("\x00", "is not something I know"),
    ],
)
def test_what_is_not_understood_is_named(still: Town, typed: str, said: str) -> None:
    """The word that was not understood is in the answer, with what to type instead."""
    reply = still.ada.command("/ai4os", typed)

    assert reply.error is None
    assert reply.ephemeral is not None
    assert said.replace("`", "") in reply.text.replace("`", "")
    assert "broke" not in reply.text


@pytest.mark.parametrize("number", WRONG_NUMBERS)
def test_a_number_that_is_none_is_marked_by_command_and_by_form(still: Town, number: str) -> None:
    """Fractions, powers, other scripts' digits, enormous and negative numbers: never read as something near."""
    options = f"demo-app --cpu {shlex.quote(number)} --ram {shlex.quote(number)} --disk={shlex.quote(number)}"
    shown = _form(still, options).text
    marked = _errors(_submitted(still, cpu=number, ram=number, disk=number))

    for what in ("CPUs must be", "RAM must be", "Disk must be"):
        assert what in shown
    assert set(marked) == {"cpu", "ram", "disk"}


@pytest.mark.parametrize("number", ["3", "-1", "1.5", "9" * 400])
def test_more_gpus_than_there_may_be_are_refused(still: Town, number: str) -> None:
    """Whatever the number, the form says what is allowed."""
    assert "GPUs" in _form(still, f"demo-app --gpu {number}").text.partition("General")[0]


def test_what_is_too_long_is_marked_with_how_much(still: Town) -> None:
    """3,000 characters in every field at once: each one says so, and the form stays."""
    _everything(still)
    texts = dict.fromkeys(("title", "description", "hostname", "storage_user", "storage_password"), "x" * 3000)

    marked = _errors(_submitted(still, **texts, password="y" * 3000, storage_url="https://x.org/" + "z" * 3000))

    assert set(marked) == {*texts, "password", "storage_url"}
    assert "2955 characters too long" in marked["title"]
    assert all(len(text) < 300 for text in marked.values())


def test_what_no_field_can_hold_is_marked(still: Town) -> None:
    """Control characters where they would act later: in what is looked up, mounted or logged in with."""
    _everything(still)
    hostile = {"hostname": "a\x00b", "storage_url": "https://x.org/\nHost: y", "storage_user": "ada\nRCLONE=1"}

    marked = _errors(_submitted(still, **hostile, storage_password="a\x00b", password="long enough\nfor two"))

    assert set(marked) == {*hostile, "storage_password", "password"}


@pytest.mark.parametrize("value", ["demo-app:latest", "../../x", "${tag}", "lätest", "a" * 129, "la test"])
def test_a_tag_that_is_none_is_refused(still: Town, value: str) -> None:
    """It is never put together into the name of an image."""
    shown = _form(still, f"demo-app --tag {shlex.quote(value)}").text

    assert "not a Docker tag" in shown


def test_a_tag_that_does_not_exist_is_refused_with_a_guess(still: Town) -> None:
    """The image's own tags are known, and the nearest one is offered."""
    _form(still)
    still.ada.dismiss()

    shown = _form(still, "demo-app --tag latset").text

    assert "has no tag" in shown
    assert "Did you mean" in shown


@pytest.mark.parametrize("wanted", ["<b>no</b>", "{{ x }}", "../demo-app", "x" * 3000])
def test_a_module_that_does_not_exist_is_named(still: Town, wanted: str) -> None:
    """The form opens and asks for one that is there."""
    still.ada.command("/ai4os", f"deploy {shlex.quote(wanted)}")

    assert "There is no module" in still.ada.wait_for_modal().text


@pytest.mark.parametrize(
    "value",
    ["", "|", "ai4eosc|", "|x", "ai4eosc|../../v1/nodes", "default|x", "ai4eosc|" + "x" * 500, "a|b|c", "ai4eosc|\x00"],
)
@pytest.mark.parametrize("action", ["access", "details", "stop", "password"])
def test_a_button_with_a_malformed_value_is_answered(still: Town, action: str, value: str) -> None:
    """Too old, gone, or not served: never a surprise, and nothing is asked of the cluster but that one thing."""
    heard = len(still.workspace.calls)

    clicked = _clicked(still, action_id=f"deployment.{action}", value=value)

    assert clicked.outcome is Outcome.ACKED
    said = ("too old", "is gone", "not a member of that deployment's platform")
    still.workspace.wait_for(
        lambda: any(text in str(call.arguments) for call in still.workspace.calls[heard:] for text in said)
    )


@pytest.mark.parametrize("action", ["deployment.extend", "menu.unheard", "", "x" * 255])
def test_a_button_of_another_version_is_answered(still: Town, action: str) -> None:
    """What this version does not know is said to be unknown, with where to look."""
    heard = len(still.workspace.calls)

    clicked = _clicked(still, action_id=action, value="ai4eosc|x")

    assert clicked.outcome is Outcome.ACKED
    still.workspace.wait_for(lambda: "I do not know that" in str([c.arguments for c in still.workspace.calls[heard:]]))


@pytest.mark.parametrize("page", ["-1", "9" * 5000, "٣", "", "x"])
def test_a_page_that_does_not_exist_is_the_nearest_that_does(still: Town, page: str) -> None:
    """A list that has become shorter, or a value that is no number."""
    heard = len(still.workspace.calls)

    _clicked(still, action_id="list.page.next", value=page)

    still.workspace.wait_for(lambda: "no deployments" in str([c.arguments for c in still.workspace.calls[heard:]]))


@pytest.mark.parametrize("title", TITLES.values(), ids=list(TITLES))
def test_a_title_is_only_ever_a_value(town: Town, title: str) -> None:
    """In the job's meta as it was typed and nowhere else in the job; in lists and messages shown, never interpreted."""
    view = _form(town)
    town.ada.fill(view, {"Title": title, "Description": DESCRIPTION})
    town.ada.submit()
    town.ada.wait_for_modal(lambda each: each.callback_id == "deploy.review")
    town.ada.submit()
    town.ada.wait_for_modal(lambda each: each.callback_id == "deploy.submitted")
    town.ada.close()

    job = _job(town, title)
    message = town.ada.wait_for_message(lambda each: "is running" in each.text, timeout=LONG)
    listed = town.ada.command("/ai4os", "list").wait_for_message()
    town.ada.command("/ai4os", f"info {shlex.quote(title)}")
    detailed = town.ada.wait_for_modal(lambda each: "What happened" in each.text)

    assert job.spec["Meta"]["description"] == DESCRIPTION
    rest = {key: value for key, value in job.spec.items() if key != "Meta"}
    assert json.dumps(title, ensure_ascii=False)[1:-1] not in json.dumps(rest, ensure_ascii=False)
    interpreted = [_marked(shown.blocks) for shown in (message, listed, detailed)]
    for text in (*interpreted, message.notification, listed.notification):
        assert not INTERPRETED.search(text)
    assert town.workspace.problems == ()


def _marked(blocks: Iterable[Any]) -> str:
    """Return the texts of blocks in which Slack interprets something."""
    found: list[str] = []
    waiting: list[Any] = list(blocks)
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            found += [node["text"]] if node.get("type") == "mrkdwn" else []
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return "\n".join(found)


def test_what_would_be_interpolated_by_the_cluster_is_made_harmless(town: Town) -> None:
    """Nomad replaces `${…}` in what a task gets; a title that names a secret must not become it."""
    view = _form(town)
    town.ada.fill(view, {"Title": "${NOMAD_TOKEN} ${attr.x}", "Description": "${NOMAD_SECRETS_DIR}"})
    town.ada.submit()
    town.ada.wait_for_modal(lambda each: each.callback_id == "deploy.review")
    town.ada.submit()
    town.ada.wait_for_modal(lambda each: each.callback_id == "deploy.submitted")

    (job,) = town.simulated.jobs()

    assert job.spec["Meta"]["title"] == "$ {NOMAD_TOKEN} $ {attr.x}"
    assert "${" not in job.spec["Meta"]["description"]


def test_secrets_arrive_as_they_were_typed_in_the_variable_alone(town: Town) -> None:
    """Quotes, templates, dollars and emoji: through the Variable, never through the job."""
    view = _form(town, "demo-app --service jupyter")
    town.ada.click(view, "deploy.toggle_storage")
    view = town.ada.wait_for_modal(lambda each: each.has("storage_url"))
    town.ada.fill(view, SECRETS)
    result = town.ada.submit()
    assert result.accepted, result.errors
    town.ada.wait_for_modal(lambda each: each.callback_id == "deploy.review")
    town.ada.submit()
    town.ada.wait_for_modal(lambda each: each.callback_id == "deploy.submitted")

    (job,) = town.simulated.jobs()
    items = town.simulated.variable_items(f"nomad/jobs/{job.id}", job.namespace)

    assert items is not None
    assert items["jupyterPASSWORD"] == SECRETS["password"]
    assert {name: items[name] for name in SECRETS if name != "password"} == {
        name: text for name, text in SECRETS.items() if name != "password"
    }
    written = json.dumps(job.spec, ensure_ascii=False)
    assert not [text for text in SECRETS.values() if json.dumps(text, ensure_ascii=False)[1:-1] in written]


@pytest.mark.parametrize("half", ["a\ud800b", "\udfff"])
def test_half_a_character_is_replaced(still: Town, half: str) -> None:
    """JSON can carry what can neither be stored nor sent on."""
    still.ada.command("/ai4os")
    record = still.workspace.acks[-1]
    payload = {**record.payload, "text": f'deploy demo-app --title "{half}"'}

    answered = still.workspace.redeliver(replace(record, payload=payload))

    assert answered.outcome is Outcome.ACKED
    assert "\ufffd" in str(still.ada.wait_for_modal(lambda view: view.has("title")).value("title"))


@pytest.mark.parametrize("field", ["title", "description", "storage_user", "storage_password", "password"])
def test_half_a_character_in_a_form_breaks_nothing(still: Town, field: str) -> None:
    """It is taken as a replacement character."""
    _everything(still)

    answered = _submitted(still, **{field: "halves \ud800 and \udfff"})

    assert answered.answer["response_action"] == "push"


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    """Give a catalogue of its own, which may change."""
    return Path(shutil.copytree(CATALOGUE, tmp_path / "catalogue"))


@pytest.mark.parametrize("after", ["the form was opened", "it was reviewed"])
def test_a_module_that_has_vanished_is_not_deployed(tmp_path: Path, catalogue: Path, after: str) -> None:
    """Between opening and Next the form asks for another; between Next and Deploy it is said what has changed."""
    with open_town(tmp_path, AI4OS_BOT_CATALOG=str(catalogue)) as town:
        {"the form was opened": _form, "it was reviewed": lambda there: there.review()}[after](town)
        listed = (catalogue / "gitmodules.txt").read_text()
        (catalogue / "gitmodules.txt").write_text(listed.replace("demo-app", "another-app"))
        (catalogue / "modules" / "demo-app.yml").unlink()
        town.bot.catalog.refresh()

        result = town.ada.submit()
        town.workspace.wait_for(lambda: "no module “demo-app”" in f"{result.errors} {town.ada.modal}")

        assert town.simulated.jobs() == ()


def test_a_limit_that_was_lowered_meanwhile_is_kept_to(town: Town, tmp_path: Path) -> None:
    """What was typed under the old limit is marked by the new one."""
    _form(town, "demo-app --cpu 8")
    town.environment["AI4OS_BOT_CONFIG"] = _configured(tmp_path, {"limits": {"cpu": {"maximum": 4}}})
    town.restart()

    assert "from 1 to 4" in " ".join(town.ada.submit().errors.values())


def test_a_review_from_before_a_restart_is_not_submitted_unseen(town: Town, tmp_path: Path) -> None:
    """Whatever the bot has forgotten or learnt meanwhile: nothing is started that is not allowed now."""
    town.review(options="demo-app --cpu 8")
    town.environment["AI4OS_BOT_CONFIG"] = _configured(tmp_path, {"limits": {"cpu": {"maximum": 4}}})
    town.restart()

    town.ada.submit()

    assert "Nothing was changed" in town.ada.wait_for_modal(lambda view: view.callback_id == "deploy.refused").text
    assert town.simulated.jobs() == ()


def test_a_hostname_that_two_people_want_goes_to_one(tmp_path: Path) -> None:
    """Both have reviewed it, both press Deploy: one gets it, the other is told that it is taken."""
    with open_town(tmp_path, AI4OS_BOT_CONFIG=_configured(tmp_path, HOWTO)) as town:
        both = (town.ada, town.bob)
        town.review(town.ada, "demo-app --platform tutorials --hostname mine")
        town.review(town.bob, "demo-app --platform tutorials --hostname MINE")

        with ThreadPoolExecutor(2) as pool:
            assert all(result.accepted for result in pool.map(lambda who: who.submit(), both))

        ends = {"deploy.submitted", "deploy.refused"}
        shown = [who.wait_for_modal(lambda view: view.callback_id in ends, timeout=LONG) for who in both]
        assert sorted(view.callback_id for view in shown) == ["deploy.refused", "deploy.submitted"]
        refused = next(view.text for view in shown if view.callback_id == "deploy.refused")
        assert "mine" in refused  # in other words by the ledger, where both came at the very same moment
        assert "Choose another" in refused
        assert len(town.simulated.jobs()) == 1


def test_a_refusal_is_found_in_the_log_by_its_reference(tmp_path: Path) -> None:
    """What support is told by the person leads to what happened."""
    with captured_log() as log, open_town(tmp_path) as town:
        town.ada.command("/ai4os", "info nothing-like-it")
        shown = town.ada.wait_for_modal(lambda view: "did not work" in view.title)
        reference = shown.text.partition("Reference for support: ")[2].strip("`\n ")[:8]

        assert len(reference) == 8
        (event,) = [json.loads(line) for line in log.getvalue().splitlines() if reference in line]
        assert "nothing-like-it" in event["text"]


@pytest.fixture
def bobs(town: Town) -> Job:
    """Give a deployment of Bob's in the town, with a password."""
    town.submit(town.bob, 'demo-app --service jupyter --title "Bobs own"')
    (job,) = town.simulated.jobs()
    return job


@pytest.mark.parametrize("verb", ["stop", "access", "info"])
def test_somebody_elses_id_in_a_command_finds_nothing(town: Town, bobs: Job, verb: str) -> None:
    """Neither by id nor by title: the answer does not even say that it exists."""
    for name in (bobs.id, bobs.id[:8], "Bobs own"):
        town.ada.command("/ai4os", f"{verb} {shlex.quote(name)}")
        shown = town.ada.wait_for_modal(lambda view: "did not work" in view.title)
        assert "You have no deployment" in shown.text
        town.ada.close()
    assert not town.simulated.jobs()[0].stop


@pytest.mark.parametrize("action", ["access", "details", "stop", "password"])
def test_somebody_elses_id_in_a_button_is_refused(town: Town, bobs: Job, action: str) -> None:
    """The right is checked again at every click, whatever message the button stood under."""
    password = (town.simulated.variable_items(f"nomad/jobs/{bobs.id}", bobs.namespace) or {})["jupyterPASSWORD"]
    heard = len(town.workspace.calls)

    _clicked(town, action_id=f"deployment.{action}", value=f"{bobs.namespace}|{bobs.id}")

    town.workspace.wait_for(lambda: "somebody else" in str([call.arguments for call in town.workspace.calls[heard:]]))
    assert not town.simulated.jobs()[0].stop
    assert password not in str([call.arguments for call in town.workspace.calls])


def test_deploying_again_what_is_somebody_elses_opens_an_empty_form(town: Town, bobs: Job) -> None:
    """Nothing of their request is shown."""
    _clicked(town, action_id="deployment.again", value=f"{bobs.namespace}|{bobs.id}")

    assert "Bobs own" not in town.ada.wait_for_modal(lambda view: view.callback_id == "deploy.form").text


def test_somebody_elses_id_in_the_metadata_of_a_confirmation_is_refused(town: Town, bobs: Job) -> None:
    """The confirmation of a stop, with Bob's deployment in place of the own."""
    mine = town.deploy(options='demo-app --title "Mine"')
    town.ada.command("/ai4os", "stop Mine")
    town.ada.wait_for_modal(lambda view: view.submit_label is not None)
    town.ada.submit()
    record = next(each for each in reversed(town.workspace.acks) if each.payload.get("type") == "view_submission")
    view = {**record.payload["view"], "private_metadata": f"{bobs.namespace}|{bobs.id}"}
    heard = len(town.workspace.calls)

    answered = town.workspace.redeliver(replace(record, payload={**record.payload, "view": view}))

    town.workspace.wait_for(lambda: "somebody else" in str([call.arguments for call in town.workspace.calls[heard:]]))
    assert "Bobs own" not in json.dumps(answered.answer)
    assert not next(job for job in town.simulated.jobs() if job.id == bobs.id).stop
    assert mine.text


@pytest.mark.parametrize("window", ["deploy.form", "deploy.review"])
def test_somebody_elses_draft_in_the_metadata_of_a_form_is_refused(town: Town, window: str) -> None:
    """A form belongs to whoever opened it, and so does its review."""
    town.review(town.bob, 'demo-app --title "Bobs own"')
    drafts = {view.private_metadata for view in town.bob.modals}
    town.review(town.ada)
    record = next(each for each in reversed(town.workspace.acks) if each.name == "view_submission deploy.form")
    view = {**record.payload["view"], "private_metadata": drafts.pop(), "callback_id": window}

    answered = town.workspace.redeliver(replace(record, payload={**record.payload, "view": view}))

    assert answered.answer["response_action"] == "update"
    assert "somebody else" in json.dumps(answered.answer)
    assert "Bobs own" not in json.dumps(answered.answer)
    assert town.simulated.jobs() == ()
