"""What comes back from a form: the same values that were put into it, secrets apart."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.form import Form
from bot.domain.request import SECRET_FIELDS, Field
from bot.domain.validation import CONFIRMED
from handlers.views import deploy_form
from handlers.views.form_state import read
from tests.unit.domain.values import NAMED, TUTORIALS
from tests.views.checking import sent_view
from tests.views.client import untouched_state
from tests.views.examples import HELD, form

WORDS = st.text("abcdefghijklmnopqrstuvwxyz ÄÖÜß&<>*_`漢字🦠", min_size=1, max_size=40).map(
    lambda text: " ".join(text.split()) or "x"
)
FORMS = st.builds(
    form,
    platforms=st.sampled_from([(NAMED, TUTORIALS), (TUTORIALS, NAMED), (NAMED,)]),
    held=st.sampled_from([None, (), HELD]),
    wants_storage=st.booleans(),
    shows_help=st.booleans(),
    platform=st.sampled_from(["ai4eosc", "tutorials"]),
    service=st.sampled_from(["deepaas", "jupyter"]),
    tag=st.sampled_from(["latest", "cpu", "gpu", "1.2.0-gpu"]),
    title=WORDS,
    description=WORDS,
    hostname=WORDS,
    cpu=st.integers(2, 4).map(str),
    gpu=st.sampled_from(["0", "1"]),
    gpu_model=st.sampled_from(["any", "Tesla T4"]),
    gpu_reason=WORDS,
    ram=st.integers(2000, 4000).map(str),
    disk=st.integers(1000, 1000).map(str),
    site=st.sampled_from(["any", "ifca", "kit"]),
    storage_url=WORDS,
    storage_user=WORDS,
)


@settings(deadline=None)
@given(FORMS)
def test_an_untouched_form_gives_back_what_stood_in_it(state: Form) -> None:
    """Rendering a form and reading its state changes no value."""
    shown = [field for field in deploy_form.shown_fields(state) if field not in SECRET_FIELDS]
    found = read(untouched_state(sent_view(deploy_form.render(state))))
    assert found.values == {field: state.values.get(field, "") for field in shown}
    assert found.secrets == {}


@pytest.mark.parametrize(
    ("block_id", "element", "value"),
    [
        ("title", {"type": "plain_text_input", "value": "Plankton"}, "Plankton"),
        ("title", {"type": "plain_text_input", "value": None}, ""),
        ("cpu:ai4eosc:x", {"type": "number_input", "value": "4"}, "4"),
        ("tag:x:cpu", {"type": "static_select", "selected_option": {"value": "cpu"}}, "cpu"),
        ("tag:x:cpu", {"type": "static_select", "selected_option": None}, ""),
        ("tag_confirmed:x:cpu", {"type": "checkboxes", "selected_options": [{"value": CONFIRMED}]}, CONFIRMED),
        ("tag_confirmed:x:cpu", {"type": "checkboxes", "selected_options": []}, ""),
    ],
)
def test_each_kind_of_input_is_read(block_id: str, element: dict[str, object], value: str) -> None:
    """A text, a number, a choice and a tick become one text; emptied ones an empty text."""
    field = block_id.split(":", maxsplit=1)[0]
    assert read({block_id: {field: element}}).values == {field: value}


def test_secrets_are_kept_apart() -> None:
    """What was typed into a secret field is not among the values; an empty one is nowhere."""
    typed = {"type": "plain_text_input", "value": "a-typed-secret"}
    empty = {"type": "plain_text_input", "value": None}
    found = read({"password": {"password": typed}, "storage_password": {"storage_password": empty}})
    assert found.values == {}
    assert found.secrets == {Field.PASSWORD: "a-typed-secret"}


def test_other_blocks_are_left_out() -> None:
    """State of blocks that are no fields is ignored."""
    assert read({"toggles": {"x": {"value": "1"}}, "title": {"other": {"value": "1"}}}) == ({}, {})
