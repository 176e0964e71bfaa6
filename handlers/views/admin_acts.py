"""What administrators are asked before they act on reminders, and what they are told after it."""

from slack_sdk.models.blocks import Block, InputBlock, PlainTextInputElement, StaticSelectElement
from slack_sdk.models.views import View

from bot.domain.operation import Breaker, Mode, Obstacle
from bot.domain.reminders import Exemption
from bot.domain.reporting import IN_A_WAVE
from bot.domain.review import Idle, Review
from handlers.ids import Action, BlockId, Callback, DeploymentKey
from handlers.views import admin_words as words
from handlers.views import mrkdwn, wording
from handlers.views.elements import modal, option, plain, section
from handlers.views.finding_texts import duration
from handlers.views.local_time import local_day
from handlers.views.message import Message

DAYS = (7, 14, 30, 60, 90)
LIVE_TITLE, RESUME_TITLE, EXEMPT_TITLE = "Let owners hear?", "Go on reminding?", "Exempt it"
_MOST = 8
_REASON = 500
_DIGEST = (
    "Each hears at most once a working day, from half past nine by their own clock, and may answer that it is in use,"
    " is needed, or can be stopped."
)


def confirm_live(review: Review, zone: str, *, reason: str = "") -> View:
    """Return the question whether owners shall hear, with what they would be told first."""
    if review.mode.is_live:
        return _said(LIVE_TITLE, Callback.ADMIN_GO_LIVE, "Reminders are live already.")
    blocks: list[Block] = [
        section(f"{_first_wave(review)} {_DIGEST} {words.stops(review)}", block_id=BlockId.HEAD),
        section(_planned(review, zone), block_id=BlockId.PLANNED),
    ]
    doubts = _doubts(review, zone)
    blocks += [section("\n".join(doubts), block_id=BlockId.PROBLEMS)] if doubts else []
    blocks.append(_reason_input(reason))
    return modal(LIVE_TITLE, blocks, callback=Callback.ADMIN_GO_LIVE, submit="Go live", close="Not yet")


def confirm_resume(review: Review, zone: str) -> View:
    """Return the question whether to go on, with what a wave of idle deployments is about."""
    wave = _wave(review)
    if wave is None and not review.mode.is_on_pause(review.at):
        held = [f":no_entry: {words.obstacle(each, zone)}" for each in review.breakers]
        return _said(RESUME_TITLE, Callback.ADMIN_RESUME, "\n".join(["Reminders are not paused.", *held]))
    blocks: list[Block] = [section(_standing(review, zone), block_id=BlockId.HEAD)]
    if wave is not None:
        blocks += [
            section(f":no_entry: {words.obstacle(wave, zone)}", block_id=BlockId.OBSTACLES),
            section(_wave_text(review, wave, zone), block_id=BlockId.TEXT),
        ]
    others = [each for each in review.breakers if each is not wave and not each.released_by]
    if others:
        lines = [words.obstacle(each, zone) for each in others]
        text = words.several(lines, most=len(lines), heading="This stays as it is:", mark=":no_entry:")
        blocks.append(section(text, block_id=BlockId.NOTICES))
    since = wave.since.isoformat() if wave else ""
    return modal(RESUME_TITLE, blocks, callback=Callback.ADMIN_RESUME, submit="Go on", close="Not yet", metadata=since)


def ask_to_exempt(key: DeploymentKey, title: str) -> View:
    """Return the question for how long a deployment is exempt, and why."""
    options = [option(f"{days} days", str(days)) for days in DAYS]
    return modal(
        EXEMPT_TITLE,
        [
            section(f"{mrkdwn.name(title)}: until then nobody is asked about it.", block_id=BlockId.HEAD),
            InputBlock(
                block_id=BlockId.DAYS,
                label=plain("For how long?", 100),
                element=StaticSelectElement(
                    action_id=Action.EXEMPT_DAYS, options=options, initial_option=options[DAYS.index(30)]
                ),
            ),
            InputBlock(
                block_id=BlockId.REASON,
                label=plain("Why?", 100),
                hint=plain("Its owner and other administrators can read it.", 200),
                element=PlainTextInputElement(action_id=Action.EXEMPT_REASON, max_length=_REASON),
            ),
        ],
        callback=Callback.ADMIN_EXEMPT,
        submit="Exempt it",
        close="Not now",
        metadata=str(key),
    )


def working(title: str, callback: Callback) -> View:
    """Return what is shown until it is recorded."""
    return _said(title, callback, ":hourglass_flowing_sand: One moment …")


def done(title: str, callback: Callback, text: str) -> View:
    """Return what came of it, as a window."""
    return _said(title, callback, text)


def message(text: str) -> Message:
    """Return what came of it, as a message."""
    return Message(text, [section(text, block_id=BlockId.TEXT)])


def exempted_text(exemption: Exemption, zone: str) -> str:
    """Say that something is exempt now."""
    return f":white_check_mark: Exempt now: {words.exemption(exemption, zone)}"


def ended_text(ended: tuple[Exemption, ...]) -> str:
    """Say that exemptions have ended."""
    names = [mrkdwn.name(each.title or each.owner_email or str(each.deployment)) for each in ended]
    shown = wording.listed(list(dict.fromkeys(names)))
    return f":white_check_mark: {shown} can be asked about again."


def paused_text(mode: Mode, zone: str) -> str:
    """Say that reminders are paused."""
    until = f"until the end of {local_day(mode.paused_until, zone)}" if mode.paused_until else "until somebody resumes"
    dry = "" if mode.is_live else " It is a dry run besides, so they heard nothing anyway."
    return (
        f":white_check_mark: Reminders are paused {until}: no owner is told anything. Use is measured and checked all"
        f" the same, and nothing piles up.{dry}"
    )


def resumed_text(mode: Mode, released: tuple[Breaker, ...], remaining: tuple[Breaker, ...]) -> str:
    """Say what goes on, and what does not."""
    wave = " The wave was released." if released else ""
    if not mode.is_live:
        return f":white_check_mark: Reminders are not paused any more.{wave} It is a dry run: owners hear nothing yet."
    if remaining:
        held = wording.listed([each.obstacle.value for each in remaining])
        return f":white_check_mark: Reminders are not paused any more.{wave} Still they are held back: {held}."
    return f":white_check_mark: Reminders go on.{wave} Owners are told in their next office hours."


def live_text(mode: Mode, review: Review) -> str:
    """Say that owners hear from now on."""
    text = ":white_check_mark: Reminders are live. Owners are told in their next office hours."
    if mode.is_on_pause(review.at):
        return f"{text} But they are paused: `/ai4os admin resume`."
    held = [each.obstacle.value for each in review.breakers if not each.released_by]
    return f"{text} For now they are held back: {wording.listed(held)}." if held else text


def dry_text() -> str:
    """Say that owners hear nothing from now on."""
    return (
        ":white_check_mark: It is a dry run now: owners hear nothing, and the plan goes to administrators only. What"
        " was sent already can still be answered."
    )


def _first_wave(review: Review) -> str:
    people = review.people_planned
    if not people:
        return "From then on owners hear of findings; right now there is nothing to tell anybody."
    who = "1 person is" if people == 1 else f"{people} people are"
    return f"From then on owners hear of findings: *{who} to be told* in their next office hours."


def _planned(review: Review, zone: str) -> str:
    lines = [words.planned(each, zone) for each in review.planned]
    if not lines:
        lines = ["Nothing on the platforms that you administer."]
    return words.several(lines, most=_MOST, heading="*What would be sent*")


def _doubts(review: Review, zone: str) -> list[str]:
    """Return what speaks against it."""
    tried = words.tried_for(review)
    doubts = []
    if tried is None or tried < words.ADVISED:
        shown = f"been tried for {duration(tried)} only" if tried else "hardly been tried yet"
        doubts.append(f":warning: Checks have {shown}; two weeks of dry run are advised.")
    if review.mode.is_on_pause(review.at):
        doubts.append(":warning: Reminders are paused, and stay so until somebody resumes or the pause ends.")
    doubts += [f":no_entry: {words.obstacle(each, zone)}" for each in review.breakers if not each.released_by]
    doubts += [f":warning: {words.standstill(each, zone)}" for each in review.overdue]
    return doubts


def _standing(review: Review, zone: str) -> str:
    return "\n".join(part for part in (words.state(review, zone), words.changed(review.mode, zone)) if part)


def _wave(review: Review) -> Breaker | None:
    waves = (each for each in review.breakers if each.obstacle is Obstacle.WAVE and not each.released_by)
    return next(waves, None)


def _wave_text(review: Review, wave: Breaker, zone: str) -> str:
    turned = [each for each in review.idle if abs(each.episode.opened_at - wave.since) <= IN_A_WAVE]
    if not turned:
        return "Of what turned idle then, nothing on the platforms that you administer rests any more."
    return words.several([words.idle(each, zone) for each in turned], most=_MOST, heading=_ask(turned))


def _ask(turned: list[Idle]) -> str:
    number = len(turned)
    rest = f"{wording.counted(number, 'deployment')} that turned idle then {'rests' if number == 1 else 'rest'} still"
    return f"*{rest}.* If a fault of the platform is behind it, do not go on: their owners would be told."


def _reason_input(reason: str) -> InputBlock:
    given = mrkdwn.one_line(reason, _REASON) if reason.strip() else None
    return InputBlock(
        block_id=BlockId.REASON,
        label=plain("Why now? (for the audit log)", 100),
        optional=True,
        element=PlainTextInputElement(action_id=Action.MODE_REASON, max_length=_REASON, initial_value=given),
    )


def _said(title: str, callback: Callback, text: str) -> View:
    return modal(title, [section(text, block_id=BlockId.TEXT)], callback=callback)
