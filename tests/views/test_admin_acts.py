"""What administrators are asked before they act on reminders, and told after it."""

from bot.domain.base import DeploymentId, Namespace
from bot.domain.operation import Mode
from bot.domain.policy import FindingKind
from handlers.ids import Action, Callback, DeploymentKey
from handlers.views import admin_acts
from tests.conftest import Golden
from tests.views.checking import elements, sent_message, sent_view, texts
from tests.views.examples import HOSTILE
from tests.views.review_examples import (
    BLIND,
    BUSY,
    DAY,
    DRY,
    EXEMPT,
    FRESH,
    GREATEST,
    MONDAY,
    PLANKTON,
    QUIET,
    WAVE,
    ZONE,
)

KEY = DeploymentKey(Namespace("ai4eosc"), DeploymentId("1b4e28ba"))
PAUSED = Mode(is_live=True, is_paused=True, paused_until=MONDAY + DAY, by="UGRACE", at=MONDAY, reason="maintenance")


def test_going_live_is_asked_with_what_would_be_sent(golden: Golden) -> None:
    """And with what speaks against it: too short a trial, a pause, obstacles, a job that stands still."""
    doubtful = DRY.model_copy(update={"mode": Mode(is_paused=True), "breakers": (BLIND,), "overdue": BUSY.overdue})
    ready = FRESH.model_copy(update={"judged_since": MONDAY - 20 * DAY})
    views = [admin_acts.confirm_live(each, ZONE, reason="it was fine") for each in (DRY, doubtful, ready, QUIET)]

    golden.check("views/admin_go_live", [sent_view(view) for view in views])


def test_going_live_is_not_asked_of_what_is_live() -> None:
    """There is nothing to submit."""
    assert admin_acts.confirm_live(QUIET, ZONE).submit is None


def test_going_live_says_what_the_settings_let_be_stopped(golden: Golden) -> None:
    """With a kind that may end in a stop nobody is told that nothing is stopped by itself."""
    stops = DRY.model_copy(update={"stops": (FindingKind.GPU_NEVER_USED, FindingKind.GPU_IDLE)})
    view = sent_view(admin_acts.confirm_live(stops, ZONE))

    golden.check("views/admin_go_live_with_stops", view)
    assert "may be stopped for “GPU never used” and “GPU idle”" in texts(view)
    assert "Nothing is stopped by itself" not in texts(view)


def test_resuming_is_asked_with_what_the_wave_is_about(golden: Golden) -> None:
    """With what stays held back all the same."""
    wave = BUSY.model_copy(update={"breakers": (WAVE, BLIND)})
    over = QUIET.model_copy(update={"breakers": (WAVE,)})
    paused = QUIET.model_copy(update={"mode": PAUSED})
    views = [admin_acts.confirm_resume(each, ZONE) for each in (wave, over, paused, QUIET)]

    golden.check("views/admin_resume", [sent_view(view) for view in views])


def test_resuming_remembers_which_wave_was_shown() -> None:
    """Another one that comes meanwhile is not released unseen."""
    wave = BUSY.model_copy(update={"breakers": (WAVE,)})

    assert admin_acts.confirm_resume(wave, ZONE).private_metadata == WAVE.since.isoformat()


def test_exempting_is_asked_for_how_long_and_why(golden: Golden) -> None:
    """Ninety days at most."""
    view = sent_view(admin_acts.ask_to_exempt(KEY, PLANKTON.title))

    golden.check("views/admin_exempt", view)
    assert [each["value"] for each in elements(view)[Action.EXEMPT_DAYS]["options"]] == ["7", "14", "30", "60", "90"]


def test_outcomes_look_as_they_should(golden: Golden) -> None:
    """What was done, and what follows."""
    dry = Mode(is_paused=False)
    held = QUIET.model_copy(update={"breakers": (BLIND,)})
    lines = [
        admin_acts.exempted_text(EXEMPT, ZONE),
        admin_acts.ended_text((EXEMPT,)),
        admin_acts.paused_text(PAUSED, ZONE),
        admin_acts.paused_text(Mode(is_paused=True), ZONE),
        admin_acts.resumed_text(Mode(is_live=True), (), ()),
        admin_acts.resumed_text(Mode(is_live=True), (WAVE,), (BLIND,)),
        admin_acts.resumed_text(dry, (), ()),
        admin_acts.live_text(Mode(is_live=True), QUIET),
        admin_acts.live_text(Mode(is_live=True), held),
        admin_acts.live_text(PAUSED, QUIET),
        admin_acts.dry_text(),
    ]

    golden.check("views/admin_acts", [sent_message(admin_acts.message(line))["text"] for line in lines])


def test_the_greatest_windows_fit() -> None:
    """Whatever people have called their deployments."""
    released = GREATEST.model_copy(update={"mode": Mode(reason=HOSTILE, at=MONDAY), "breakers": (WAVE, BLIND)})

    assert sent_view(admin_acts.confirm_live(released, ZONE, reason=HOSTILE))
    assert sent_view(admin_acts.confirm_resume(released, ZONE))
    assert sent_view(admin_acts.ask_to_exempt(KEY, HOSTILE))
    assert sent_view(admin_acts.done("Exempt it", Callback.ADMIN_EXEMPT, admin_acts.exempted_text(EXEMPT, ZONE)))


def test_waiting_is_shown_until_it_is_recorded() -> None:
    """In place of the question."""
    view = admin_acts.working(admin_acts.LIVE_TITLE, Callback.ADMIN_GO_LIVE)

    assert "One moment" in texts(sent_view(view))
