"""Form and command line are one check: what is given in the command and what is typed in the form come out alike."""

from collections.abc import Mapping

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.base import PlatformKey
from bot.domain.commands import FLAGS, Command, Verb, parse, render
from bot.domain.people import Person
from bot.domain.request import Field
from bot.domain.validation import Checked
from tests.unit.services.house import ADA, BOB, House

GIVEN = tuple(flag.field for flag in FLAGS)
WORDS = {
    Field.PLATFORM: ("ai4eosc", "AI4EOSC", "vo.ai4eosc.eu", "tutorials", "Tutorials", "mars", ""),
    Field.SERVICE: ("deepaas", "api", "Lab", "jupyter", "VSCode", "code", "telnet", ""),
    Field.GPU: ("0", "1", "+1", "01", "2", "-1", "1.5", "٤", "lots", ""),
    Field.GPU_MODEL: ("any", "t4", "Tesla T4", "v100", "H100", ""),
    Field.GPU_REASON: ("", "two runs side by side", "x" * 301),
    Field.CPU: ("4", " 4 ", "+4", "04", "99", "0", "2,5", "9" * 30, "zwei", ""),
    Field.RAM: ("8000", "1", "8 GB", ""),
    Field.DISK: ("2000", "10000", "-1", ""),
    Field.TAG: ("cpu", "gpu", "latest", "gpuu", "../etc", "${x}", ""),
    Field.TITLE: ("Plankton run 3", "", "x" * 46, "a\nb", "\u202eevil", "🦠" * 20),
    Field.DESCRIPTION: ("what it is for", "two\nlines", "x" * 1001, ""),
    Field.SITE: ("any", "ifca", "kit", "atlantis", ""),
    Field.HOSTNAME: ("plants", "WWW-mine", "-x", "", "a" * 41),
}
MODULES = ("demo-app", "DEMO-APP", "owl-caller", "ai4os-dev-env", "cloud-trainer", "demo-ap", "", "no such")


def _value(field: Field) -> st.SearchStrategy[str]:
    return st.sampled_from(WORDS[field]) | st.text(max_size=12)


TYPED = st.fixed_dictionaries({}, optional={field: _value(field) for field in GIVEN})


def _house(*, has_hostnames: bool, holds_a_gpu: bool) -> House:
    house = House(has_hostnames=has_hostnames)
    house.cluster.add_node("n1", gpus=(("Tesla T4", 2),), site="ifca")
    house.cluster.add_node("n2", gpus=(("Tesla V100", 2),), site="kit")
    if holds_a_gpu:
        house.deploy(gpu="1", tag="gpu")
    return house


def _by_command(house: House, person: Person, module: str, typed: Mapping[Field, str]) -> Checked:
    command = Command(verb=Verb.DEPLOY, subject=module, fields=dict(typed))
    draft, _ = house.forms.open(person, command)
    house.forms.complete(draft.id, person)
    _, checked = house.forms.weigh(draft.id, person, command)
    return checked


def _by_form(house: House, person: Person, module: str, typed: Mapping[Field, str]) -> Checked:
    draft, _ = house.forms.open(person, Command(verb=Verb.DEPLOY))
    chosen = {Field.MODULE: module} if module else {}
    house.forms.refine(draft.id, person, chosen)
    house.forms.complete(draft.id, person)
    _, checked = house.forms.check(draft.id, person, {**typed, **chosen}, {})
    return checked


def _comparable(checked: Checked) -> Checked:
    """Leave out the title that is made from the deployment's id: two deployments have two."""
    request = checked.request
    if request is None or not request.title.startswith(f"{request.module} "):
        return checked
    return checked.model_copy(update={"request": request.model_copy(update={"title": ""})})


@settings(max_examples=200, deadline=None)
@given(
    module=st.sampled_from(MODULES) | st.text(max_size=8).map(str.strip),
    typed=TYPED,
    has_hostnames=st.booleans(),
    holds_a_gpu=st.booleans(),
)
@example(module="demo-app", typed={Field.GPU: "+1"}, has_hostnames=False, holds_a_gpu=True)
@example(module="demo-app", typed={Field.GPU: "1", Field.SERVICE: "lab"}, has_hostnames=True, holds_a_gpu=False)
@example(module="demo-app", typed={Field.CPU: " +4"}, has_hostnames=False, holds_a_gpu=False)
def test_form_and_command_line_accept_and_refuse_the_same(
    *, module: str, typed: dict[Field, str], has_hostnames: bool, holds_a_gpu: bool
) -> None:
    """One platform: the same request, or the same problems in the same words."""
    house = _house(has_hostnames=has_hostnames, holds_a_gpu=holds_a_gpu)
    person = BOB if not holds_a_gpu else ADA.model_copy(update={"platforms": BOB.platforms})

    by_command, by_form = _by_command(house, person, module, typed), _by_form(house, person, module, typed)

    assert _comparable(by_command) == _comparable(by_form)


@settings(max_examples=100, deadline=None)
@given(typed=TYPED)
def test_among_several_platforms_only_an_unnamed_one_makes_a_difference(typed: dict[Field, str]) -> None:
    """Where the form shows the platform that it takes, the command has to name it; all else is the same."""
    house = _house(has_hostnames=False, holds_a_gpu=False)

    by_command, by_form = _by_command(house, ADA, "demo-app", typed), _by_form(house, ADA, "demo-app", typed)

    others = tuple(each for each in by_command.problems if "belong to several" not in each.text)
    assert others == by_form.problems
    assert (len(others) == len(by_command.problems)) is (Field.PLATFORM in typed)
    assert by_command.request is None or _comparable(by_command) == _comparable(by_form)


@settings(max_examples=100, deadline=None)
@given(typed=TYPED, is_confirmed=st.booleans())
def test_a_command_says_the_same_when_it_is_written_out(*, typed: dict[Field, str], is_confirmed: bool) -> None:
    """The button that opens the form for a command loses nothing of it, and `--yes` is where it was."""
    plain = {field: " ".join(value.split()) for field, value in typed.items()}
    fields = {field: value for field, value in plain.items() if value and not value.startswith("-")}
    command = Command(verb=Verb.DEPLOY, subject="demo-app", fields=fields, is_confirmed=is_confirmed)

    again = parse(render(command))

    assert again.is_confirmed is is_confirmed
    assert again.fields.keys() == fields.keys()


def test_who_belongs_to_one_platform_need_not_name_it() -> None:
    """There is nothing to choose from, so nothing is doubtful."""
    house = _house(has_hostnames=False, holds_a_gpu=False)
    person = ADA.model_copy(update={"platforms": (PlatformKey("tutorials"),)})

    checked = _by_command(house, person, "demo-app", {})

    assert checked.request is not None
    assert checked.request.platform == "tutorials"
