"""The workspace's modals and Home: triggers, hashes, the stack, kept state, and what acks do to them.

Sources: slack.md 3.1 (life cycle), 3.2 (state), 7.2 (codes), 9.2 items 2, 6 and 8.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from playground.clock import Clock
from playground.slack import AppSettings, Person, Refused, ShownView, Workspace
from tests.contract.workspace_app import (
    SILENCE,
    Api,
    Json,
    actions,
    api_of,
    button,
    connected,
    field_of,
    modal,
    option,
    plain,
    section,
    text_field,
)

TROUBLE = "We had some trouble connecting. Try again?"


@pytest.fixture
def clock() -> Clock:
    """Give a clock that stands still."""
    return Clock(frozen=True)


@pytest.fixture
def workspace(clock: Clock) -> Iterator[Workspace]:
    """Give a workspace with Ada that waits 0.5 s for acks."""
    with Workspace(clock=clock, rate_limits=False, ack_deadline=timedelta(seconds=0.5)) as made:
        made.add_user("ada")
        yield made


@pytest.fixture
def api(workspace: Workspace) -> Iterator[Api]:
    """Give a caller with the bot's token."""
    with api_of(workspace) as made:
        yield made


@pytest.fixture
def ada(workspace: Workspace) -> Person:
    """Give Ada."""
    return workspace.person("ada")


class Desk:
    """A scripted app whose next answers a test lays out, and the payloads it got."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.payloads: list[Json] = []

    def answer(self, frame: Json) -> Any:
        """Take the next answer, an empty ack when none is laid out."""
        self.payloads.append(frame["payload"])
        return self.answers.pop(0) if self.answers else None

    @property
    def last(self) -> Json:
        """Return the newest payload."""
        return self.payloads[-1]


@pytest.fixture
def desk(workspace: Workspace) -> Iterator[Desk]:
    """Give a connected app."""
    made = Desk()
    with connected(workspace, made.answer):
        yield made


@pytest.fixture
def trigger(ada: Person, desk: Desk) -> Callable[[], str]:
    """Give a way to get fresh trigger ids from a command."""

    def make() -> str:
        ada.command("/ai4os")
        return str(desk.last["trigger_id"])

    return make


@pytest.fixture
def show(api: Api, ada: Person, trigger: Callable[[], str]) -> Callable[..., ShownView]:
    """Give a way to open a modal on Ada's screen."""

    def opened(view: Json) -> ShownView:
        assert api.call("views.open", trigger_id=trigger(), view=view).body["ok"]
        shown = ada.modal
        assert shown is not None
        return shown

    return opened


# ---- triggers


def test_a_trigger_works_once(api: Api, trigger: Callable[[], str], ada: Person) -> None:
    """The second use answers exchanged_trigger_id."""
    given = trigger()

    first, second = (api.call("views.open", trigger_id=given, view=modal()) for _ in range(2))

    assert (first.error, second.error) == (None, "exchanged_trigger_id")
    assert ada.modal is not None


def test_a_trigger_lives_three_seconds(api: Api, trigger: Callable[[], str], clock: Clock, ada: Person) -> None:
    """At 3 s it is good, after that expired_trigger_id, and nothing opens."""
    old = trigger()

    clock.advance(timedelta(seconds=3.1))

    assert api.call("views.open", trigger_id=old, view=modal()).error == "expired_trigger_id"
    assert ada.modal is None
    fresh = trigger()
    clock.advance(timedelta(seconds=3))
    assert api.call("views.open", trigger_id=fresh, view=modal()).body["ok"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"trigger_id": "1.2.abc", "view": modal()}, "invalid_trigger_id"),
        ({"view": modal()}, "invalid_arguments"),
        ({"trigger_id": "1.2.abc"}, "invalid_arguments"),
        ({"trigger_id": "1.2.abc", "view": "{"}, "invalid_arguments"),
    ],
)
def test_opening_can_be_refused(api: Api, arguments: Json, error: str) -> None:
    """invalid_trigger_id for one that was never given out, invalid_arguments for what is missing."""
    assert api.call("views.open", **arguments).error == error


def test_a_flawed_view_does_not_use_the_trigger(api: Api, trigger: Callable[[], str]) -> None:
    """The app may repair the view and use the same trigger."""
    given = trigger()
    api.call("views.open", trigger_id=given, view=modal(title=plain("t" * 25)))

    assert api.call("views.open", trigger_id=given, view=modal()).body["ok"]


# ---- shape


def test_an_opened_view_is_told_whole(api: Api, workspace: Workspace, trigger: Callable[[], str]) -> None:
    """views.open answers the whole view (slack.md 9.2 item 8)."""
    view = modal(text_field(initial_value="x"), private_metadata="draft 1", external_id="e1")

    body = api.call("views.open", trigger_id=trigger(), view=view).body["view"]

    assert body["id"].startswith("V")
    assert body["root_view_id"] == body["id"]
    assert body["previous_view_id"] is None
    assert (body["team_id"], body["app_id"]) == (workspace.team_id, workspace.app_id)
    assert (body["type"], body["callback_id"], body["external_id"]) == ("modal", "form", "e1")
    assert body["private_metadata"] == "draft 1"
    assert body["state"]["values"] == {"name": {"typed": {"type": "plain_text_input", "value": "x"}}}
    assert len(body["hash"].split(".")) == 2


def test_untouched_fields_have_their_empty_state(show: Callable[..., ShownView], ada: Person, desk: Desk) -> None:
    """Optional text is null, checkboxes an empty list; elements outside input blocks are included (slack.md 3.2)."""
    view = modal(
        text_field(optional=True),
        field_of(
            {"type": "checkboxes", "action_id": "box", "options": [option("Agree")]},
            "boxes",
            label="Boxes",
            optional=True,
        ),
        actions({"type": "static_select", "action_id": "pick", "options": [option("A")]}),
    )

    ada.submit(show(view))

    assert desk.last["view"]["state"]["values"] == {
        "name": {"typed": {"type": "plain_text_input", "value": None}},
        "boxes": {"box": {"type": "checkboxes", "selected_options": []}},
        "acts": {"pick": {"type": "static_select", "selected_option": None}},
    }


# ---- update


def test_an_update_keeps_what_was_typed(api: Api, show: Callable[..., ShownView], ada: Person) -> None:
    """The value stays while block_id and action_id stay; initial_value is ignored for it (bolt-js#290)."""
    view = show(modal(text_field("a"), text_field("b", label="Other")))
    ada.fill(view, {"a": "kept", "b": "gone"})

    api.call(
        "views.update",
        view_id=view.id,
        view=modal(text_field("a", initial_value="other"), text_field("b2", label="Other", initial_value="fresh")),
    )

    now = ada.wait_for_modal()
    assert (now.value("a"), now.value("b2")) == ("kept", "fresh")


def test_a_new_action_id_resets_a_field(api: Api, show: Callable[..., ShownView], ada: Person) -> None:
    """Both ids have to stay."""
    view = show(modal(text_field("a")))
    ada.fill(view, {"a": "typed"})

    api.call("views.update", view_id=view.id, view=modal(text_field("a", action_id="another")))

    assert ada.wait_for_modal().value("a") is None


def test_untouched_fields_keep_their_first_value(api: Api, show: Callable[..., ShownView], ada: Person) -> None:
    """An initial value counts as typed for later updates of the same ids."""
    view = show(modal(text_field("a", initial_value="first")))

    api.call("views.update", view_id=view.id, view=modal(text_field("a", initial_value="second")))

    assert ada.wait_for_modal().value("a") == "first"


def test_a_hash_protects_a_newer_view(api: Api, show: Callable[..., ShownView], ada: Person) -> None:
    """An outdated hash is hash_conflict; without a hash the last writer wins."""
    view = show(modal())

    def update(title: str, **more: str) -> str | None:
        return api.call("views.update", view_id=view.id, view=modal(title=plain(title)), **more).error

    assert update("one", hash=view.hash) is None
    assert update("two", hash=view.hash) == "hash_conflict"
    assert update("three") is None
    assert ada.wait_for_modal().title == "three"


def test_updates_of_a_closed_view(api: Api, show: Callable[..., ShownView], ada: Person) -> None:
    """not_found, as for an id that never was (java-slack-sdk#1220)."""
    view = show(modal())
    ada.close(view)

    assert api.call("views.update", view_id=view.id, view=modal()).error == "not_found"
    assert api.call("views.update", view_id="V0NONE", view=modal()).error == "not_found"
    assert api.call("views.update", view=modal()).error == "invalid_arguments"


def test_an_external_id_addresses_a_view(api: Api, show: Callable[..., ShownView], trigger: Any, ada: Person) -> None:
    """It is unique in the workspace while the view is open: duplicate_external_id."""
    view = show(modal(external_id="draft"))

    updated = api.call("views.update", external_id="draft", view=modal(external_id="draft", title=plain("new")))

    assert updated.body["view"]["id"] == view.id
    ada.close()
    given = trigger()
    assert api.call("views.open", trigger_id=given, view=modal(external_id="draft")).body["ok"]


def test_an_external_id_is_taken_once(
    workspace: Workspace, api: Api, show: Callable[..., ShownView], desk: Desk
) -> None:
    """Another person's modal with the same external_id is refused, and the trigger stays good."""
    show(modal(external_id="draft"))
    workspace.add_user("bob").command("/ai4os")
    given = desk.last["trigger_id"]

    assert api.call("views.open", trigger_id=given, view=modal(external_id="draft")).error == "duplicate_external_id"
    assert api.call("views.open", trigger_id=given, view=modal(external_id="other")).body["ok"]


# ---- the stack


def push(api: Api, ada: Person, desk: Desk, view: Json) -> str | None:
    """Let Ada click the button on top and push a view with its trigger."""
    ada.click(ada.wait_for_modal(), "press")
    return api.call("views.push", trigger_id=desk.last["trigger_id"], view=view).error


def test_three_views_stack(api: Api, show: Callable[..., ShownView], ada: Person, desk: Desk) -> None:
    """A fourth is push_limit_reached; the close button goes back one by one."""
    view = modal(actions(button()))
    show(view)

    refusals = [push(api, ada, desk, modal(actions(button()), title=plain(str(n)))) for n in range(3)]

    assert refusals == [None, None, "push_limit_reached"]
    assert [shown.title for shown in ada.modals] == ["A form", "0", "1"]
    ada.close()
    ada.close()
    assert [shown.title for shown in ada.modals] == ["A form"]


def test_a_push_needs_a_modal(api: Api, trigger: Callable[[], str]) -> None:
    """A trigger from a command pushes nothing."""
    assert api.call("views.push", trigger_id=trigger(), view=modal()).error == "invalid_trigger_id"


def test_a_covered_view_can_be_updated_but_not_used(
    api: Api, show: Callable[..., ShownView], ada: Person, desk: Desk
) -> None:
    """views.update reaches any view of the stack; the person reaches the top alone."""
    root = show(modal(actions(button())))
    push(api, ada, desk, modal(title=plain("Top")))

    assert api.call("views.update", view_id=root.id, view=modal(title=plain("Changed"))).body["ok"]
    with pytest.raises(Refused, match="covered by another"):
        ada.submit(root)
    ada.close()
    assert ada.wait_for_modal().title == "Changed"


def test_opening_above_an_open_modal_is_noted(
    workspace: Workspace, api: Api, show: Any, ada: Person, desk: Desk
) -> None:
    """Clients only cope by chance (bolt-js#1827): the new one replaces the stack and a problem is recorded."""
    show(modal(actions(button())))
    ada.click(ada.wait_for_modal(), "press")

    api.call("views.open", trigger_id=desk.last["trigger_id"], view=modal(title=plain("Over")))

    assert [problem.kind for problem in workspace.problems] == ["views_open_over_modal"]
    assert [shown.title for shown in ada.modals] == ["Over"]


# ---- submission


def test_an_empty_ack_closes_one_view(api: Api, show: Callable[..., ShownView], ada: Person, desk: Desk) -> None:
    """The view below shows again."""
    show(modal(actions(button())))
    push(api, ada, desk, modal(title=plain("Top")))

    result = ada.submit()

    assert (result.closed, result.accepted) == (True, True)
    assert result.view is not None
    assert result.view.title == "A form"


def test_clear_closes_all(api: Api, show: Callable[..., ShownView], ada: Person, desk: Desk) -> None:
    """response_action clear empties the stack."""
    show(modal(actions(button())))
    push(api, ada, desk, modal(title=plain("Top")))
    desk.answers = [{"response_action": "clear"}]

    result = ada.submit()

    assert (result.cleared, ada.modal) == (True, None)


def test_errors_show_under_their_fields(show: Callable[..., ShownView], ada: Person, desk: Desk) -> None:
    """The modal stays with what was typed; typing again takes the error away."""
    view = show(modal(text_field("a"), text_field("b", label="Other")))
    ada.fill(view, {"a": "x", "b": "y"})
    desk.answers = [{"response_action": "errors", "errors": {"a": "Too short."}}]

    result = ada.submit(view)

    assert result.errors == {"a": "Too short."}
    assert "Name: [x]\n  ! Too short." in ada.wait_for_modal().text
    ada.fill(view, {"a": "longer"})
    assert "!" not in ada.wait_for_modal().text


def test_update_and_push_by_ack(show: Callable[..., ShownView], ada: Person, desk: Desk) -> None:
    """Update replaces the submitted view under the same id, push puts one above it."""
    view = show(modal(text_field("a")))
    ada.fill(view, {"a": "x"})
    desk.answers = [
        {"response_action": "update", "view": modal(text_field("a"), title=plain("Again"))},
        {"response_action": "push", "view": modal(title=plain("Next"), external_id="next")},
    ]

    updated = ada.submit(view)
    pushed = ada.submit(view)

    assert updated.view is not None
    assert (updated.view.id, updated.view.title, updated.view.value("a")) == (view.id, "Again", "x")
    assert pushed.pushed is not None
    assert [shown.title for shown in ada.modals] == ["Again", "Next"]


@pytest.mark.parametrize(
    ("ack", "reason"),
    [
        ({"ok": True}, "no known response_action"),
        ({"response_action": "errors", "errors": {}}, "empty"),
        ({"response_action": "errors", "errors": {"nowhere": "x"}}, "no input blocks"),
        ({"response_action": "errors", "errors": {"words": "x"}}, "no input blocks"),
        ({"response_action": "update", "view": modal(title=plain("t" * 25))}, "must be less than 25 characters"),
        ({"response_action": "update"}, "not valid"),
        (SILENCE, "not acknowledged"),
    ],
)
def test_a_wrong_ack_shows_the_banner(
    workspace: Workspace, show: Callable[..., ShownView], ada: Person, desk: Desk, ack: Any, reason: str
) -> None:
    """The person sees the red banner, the modal stays, and the reason is recorded (superlog#32, agents#2228)."""
    view = show(modal(text_field("a"), {**section("words"), "block_id": "words"}))
    ada.fill(view, {"a": "x"})
    desk.answers = [ack]

    result = ada.submit(view)

    assert result.banner == TROUBLE
    assert f"(!) {TROUBLE}" in ada.wait_for_modal().text
    assert reason in workspace.problems[-1].text


# ---- closing


def closings(desk: Desk) -> list[tuple[str, bool]]:
    """Return the titles of closed views and whether the stack was cleared."""
    return [
        (payload["view"]["title"]["text"], payload["is_cleared"])
        for payload in desk.payloads
        if payload.get("type") == "view_closed"
    ]


def test_closing_is_told_on_request(show: Callable[..., ShownView], ada: Person, desk: Desk) -> None:
    """view_closed comes with notify_on_close only."""
    show(modal(notify_on_close=True))
    ada.close()
    show(modal())
    ada.close()

    assert closings(desk) == [("A form", False)]


def test_the_x_clears_the_stack(api: Api, show: Callable[..., ShownView], ada: Person, desk: Desk) -> None:
    """It reports the root view with is_cleared (slack.md 3.1)."""
    show(modal(actions(button()), notify_on_close=True))
    push(api, ada, desk, modal(title=plain("Top"), notify_on_close=True))

    ada.dismiss()

    assert closings(desk) == [("A form", True)]
    assert ada.modal is None


def test_clear_on_close_empties_the_stack(api: Api, show: Callable[..., ShownView], ada: Person, desk: Desk) -> None:
    """The close button of such a view works like the X."""
    show(modal(actions(button())))
    push(api, ada, desk, modal(title=plain("Top"), clear_on_close=True))

    ada.close()

    assert ada.modal is None


# ---- Home


def test_home_is_published_and_overwritten(api: Api, ada: Person) -> None:
    """views.publish keeps the id and changes the hash; an outdated hash is refused."""
    view = {"type": "home", "blocks": [section("Nothing runs.")]}

    first = api.call("views.publish", user_id=ada.id, view=view).body["view"]
    second = api.call("views.publish", user_id=ada.id, view={**view, "blocks": [section("One runs.")]}).body["view"]

    assert first["id"] == second["id"]
    assert api.call("views.publish", user_id=ada.id, view=view, hash=first["hash"]).error == "hash_conflict"
    assert ada.wait_for_home().text == "One runs."


def test_home_can_be_switched_off(api: Api) -> None:
    """not_enabled without the tab, user_not_found for a stranger."""
    view = {"type": "home", "blocks": []}
    with Workspace(AppSettings(home_tab=False)) as other, api_of(other) as caller:
        refused = caller.call("views.publish", user_id=other.add_user("ada").id, view=view)

    assert refused.error == "not_enabled"
    assert api.call("views.publish", user_id="U0NONE", view=view).error == "user_not_found"


def test_opening_home_sends_an_event_with_the_view(workspace: Workspace, api: Api, ada: Person, desk: Desk) -> None:
    """app_home_opened names the tab and carries the view once there is one."""
    ada.open_home()
    ada.open_messages()
    api.call("views.publish", user_id=ada.id, view={"type": "home", "blocks": [actions(button())]})
    shown = ada.open_home()
    workspace.wait_for(lambda: len(desk.payloads) == 3)

    events = [payload["event"] for payload in desk.payloads]
    assert [event["tab"] for event in events] == ["home", "messages", "home"]
    assert ["view" in event for event in events] == [False, False, True]
    assert shown is not None
    ada.click(shown, "press")
    assert desk.last["container"] == {"type": "view", "view_id": shown.id}
