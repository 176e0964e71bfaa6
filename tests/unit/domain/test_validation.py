"""The one check of what was typed: a request, or every problem at once with its mend."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.base import DeploymentId
from bot.domain.catalog import ImageTags, Module, Service
from bot.domain.deployment import GpuGroup, Node
from bot.domain.form import Form, HeldGpu, build
from bot.domain.platform import Platform
from bot.domain.request import Field
from bot.domain.validation import Checked, check
from tests.fakes.catalog import DEMO_APP, OWL_CALLER
from tests.unit.domain.values import AI4EOSC, NAMED, PERSON, TAGS, TUTORIALS, UUID, draft, node

NODES = (node("a", GpuGroup(model="Tesla T4", count=2)), node("b", GpuGroup(model="Tesla V100", count=1), site="iisas"))


def _form(
    platform: Platform = AI4EOSC,
    module: Module | None = DEMO_APP,
    *,
    tags: ImageTags = TAGS,
    nodes: tuple[Node, ...] = NODES,
    held: tuple[HeldGpu, ...] | None = (),
    **typed: str,
) -> Form:
    values = {"platform": platform.key, **typed}
    return build(
        draft(**values), person=PERSON, platforms=(platform,), module=module, known_tags=tags, nodes=nodes, held=held
    )


def _check(values: Mapping[Field, str], form: Form | None = None, **secrets: str) -> Checked:
    known = {Field(name): secret for name, secret in secrets.items()}
    return check(form or _form(), values, secrets=known, deployment=DeploymentId(UUID))


def _problems(values: Mapping[Field, str], form: Form | None = None, **secrets: str) -> dict[Field, str]:
    return {problem.field: problem.text for problem in _check(values, form, **secrets).problems}


def test_defaults_alone_make_a_request() -> None:
    """A person who only chooses a module gets what its metadata and the platform recommend."""
    request = _check({}).request

    assert request is not None
    assert (request.cpu, request.gpus, request.ram_mb, request.disk_mb) == (2, 0, 2500, 2000)
    assert (request.service, request.tag, request.title) == (Service.DEEPAAS, "cpu", "demo-app 1b4e")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        (Field.CPU, "11", "from 1 to 10"),
        (Field.CPU, "0", "from 1 to 10"),
        (Field.CPU, "-3", "from 1 to 10"),
        (Field.CPU, "2.5", "whole number"),
        (Field.CPU, "2,5", "whole number"),
        (Field.CPU, "lots", "digits"),
        (Field.CPU, "", "digits"),
        (Field.CPU, "٤", "digits"),
        (Field.CPU, "9" * 400, "from 1 to 10"),
        (Field.RAM, "1999", "from 2000 to 40000 MB"),
        (Field.DISK, "50001", "from 1000 to 50000 MB"),
        (Field.GPU, "2", "at most 1 GPU"),
        (Field.SERVICE, "vscode", "does not offer VSCode"),
        (Field.SERVICE, "telnet", "not a service"),
        (Field.TAG, "gpuu", "Did you mean"),
        (Field.TAG, "gpu", "no GPU is asked for"),
        (Field.TITLE, "x" * 46, "1 characters too long"),
        (Field.DESCRIPTION, "x" * 1001, "1 characters too long"),
        (Field.SITE, "atlantis", "not a site"),
        (Field.HOSTNAME, "mine", "no name of your own"),
        (Field.PLATFORM, "mars", "not a member"),
    ],
)
def test_a_wrong_value_is_marked_with_its_mend(field: Field, value: str, said: str) -> None:
    """Each wrong value is refused at its field, in a sentence that says what would be right."""
    assert said in _problems({field: value})[field]


def test_every_problem_is_told_at_once() -> None:
    """Nobody has to submit twice to learn of the second mistake."""
    found = _problems({Field.CPU: "99", Field.RAM: "1", Field.SERVICE: "jupyter"}, password="short")

    assert set(found) == {Field.CPU, Field.RAM, Field.PASSWORD}


@pytest.mark.parametrize(("password", "is_fine"), [("", True), ("12345678", False), ("123456789", True)])
def test_an_ide_password_has_nine_characters_or_is_made(password: str, *, is_fine: bool) -> None:
    """Exactly nine characters pass, eight do not, and none means that the bot makes one."""
    assert (_check({Field.SERVICE: "jupyter"}, password=password).request is not None) is is_fine


def test_deepaas_needs_no_password() -> None:
    """A password that does not apply is not looked at."""
    assert _check({Field.SERVICE: "deepaas"}, password="short").request is not None


def test_a_gpu_tag_without_a_gpu_passes_once_it_is_confirmed() -> None:
    """What was asked about passes when the person says that it is meant."""
    assert _check({Field.TAG: "gpu", Field.TAG_CONFIRMED: "yes"}).request is not None


def test_a_cpu_tag_on_a_gpu_cannot_be_confirmed_away() -> None:
    """A GPU that would surely be wasted is refused whatever the person ticks."""
    values = {Field.GPU: "1", Field.TAG: "cpu", Field.TAG_CONFIRMED: "yes"}

    assert "would leave the GPU unused" in _problems(values, _form(gpu="1"))[Field.TAG]


def test_tutorials_have_no_gpus() -> None:
    """Limits are the platform's."""
    assert "has no GPUs" in _problems({Field.GPU: "1", Field.TAG: "gpu"}, _form(TUTORIALS))[Field.GPU]


@pytest.mark.parametrize("word", ["Tesla T4", "tesla t4", "T4"])
def test_a_gpu_model_may_be_given_in_part(word: str) -> None:
    """The one model that fits is taken."""
    request = _check({Field.GPU: "1", Field.TAG: "gpu", Field.GPU_MODEL: word}, _form(gpu="1")).request

    assert request is not None
    assert request.gpu_model == "Tesla T4"


def test_a_gpu_model_cannot_be_checked_while_the_cluster_is_away() -> None:
    """Unknown is not the same as wrong, and the sentence says so."""
    values = {Field.GPU: "1", Field.TAG: "gpu", Field.GPU_MODEL: "T4"}

    assert "not known right now" in _problems(values, _form(nodes=(), gpu="1"))[Field.GPU_MODEL]


def test_a_second_gpu_asks_for_a_reason() -> None:
    """The how-to's “2 if really needed” is asked for in words, and kept."""
    form = _form(held=(HeldGpu(deployment="x", title="First", gpus=1),), gpu="1")
    values = {Field.GPU: "1", Field.TAG: "gpu"}

    assert "“First”" in _problems(values, form)[Field.GPU_REASON]
    request = _check({**values, Field.GPU_REASON: "two models side by side"}, form).request
    assert request is not None
    assert request.gpu_reason == "two models side by side"


def test_beyond_the_limit_no_reason_is_asked_for() -> None:
    """The form has no field for it then; the refusal that names who holds the GPUs comes when it is submitted."""
    held = tuple(HeldGpu(deployment=name, title=name, gpus=1) for name in ("first", "second"))

    assert _check({Field.GPU: "1", Field.TAG: "gpu"}, _form(held=held, gpu="1")).request is not None


@pytest.mark.parametrize(
    ("name", "is_fine"),
    [
        ("my-custom-name", True),
        ("My-Name", True),
        ("www", False),
        ("httpd", False),
        ("-x", False),
        ("a.b", False),
        ("x" * 41, False),
        ("`x`", False),
        ("ü", False),
        ("a b", False),
    ],
)
def test_a_hostname_is_one_plain_label(name: str, *, is_fine: bool) -> None:
    """Only what is safe in an address and in a router's rule passes."""
    assert (_check({Field.HOSTNAME: name}, _form(NAMED)).request is not None) is is_fine


@pytest.mark.parametrize(
    ("url", "is_fine"),
    [
        ("https://share.example.org/remote.php/dav/files/ada", True),
        ("share.example.org", False),
        ("javascript:alert(1)", False),
        ("https://user:secret@share.example.org", False),
        ("https://[broken", False),
        ("https://share.example.org/a b", False),
    ],
)
def test_a_storage_address_is_a_web_address(url: str, *, is_fine: bool) -> None:
    """The address must lead somewhere and carry no password."""
    values = {Field.STORAGE_URL: url, Field.STORAGE_USER: "ada"}

    assert (_check(values, storage_password="app-password").request is not None) is is_fine


def test_storage_is_all_or_nothing() -> None:
    """Half a set of credentials is marked at each missing field."""
    found = _problems({Field.STORAGE_URL: "https://share.example.org/x"})

    assert set(found) == {Field.STORAGE_USER, Field.STORAGE_PASSWORD}


def test_no_module_is_the_first_thing_to_mend() -> None:
    """Nothing else can be checked before a module is chosen."""
    assert set(_problems({}, _form(module=None))) == {Field.MODULE}


def test_line_breaks_and_controls_do_not_reach_a_title() -> None:
    """A title is one line of visible characters."""
    request = _check({Field.TITLE: "a\nb\x00\u202ec  d"}).request

    assert request is not None
    assert request.title == "a b c d"


_ANY = st.dictionaries(st.sampled_from(list(Field)), st.text(max_size=60), max_size=8)


@given(
    _ANY,
    st.text(max_size=20),
    st.sampled_from([AI4EOSC, NAMED, TUTORIALS]),
    st.sampled_from([DEMO_APP, OWL_CALLER, None]),
)
def test_whatever_is_typed_is_checked(
    values: dict[Field, str], password: str, platform: Platform, module: Module | None
) -> None:
    """There is a request within every limit, or there are problems; never both and never an exception."""
    checked = _check(values, _form(platform, module), password=password)

    assert (checked.request is None) == bool(checked.problems)
    if checked.request is not None:
        limits = platform.limits
        assert limits.cpu.allows(checked.request.cpu)
        assert limits.ram.allows(checked.request.ram_mb)
        assert limits.gpu.allows(checked.request.gpus)
        assert len(checked.request.title) <= 45
