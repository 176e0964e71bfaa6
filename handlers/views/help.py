"""Help: the list of commands, or one command with its options and examples."""

from slack_sdk.models.blocks import Block

from bot.domain.commands import HELP, Verb, VerbHelp
from handlers.ids import BlockId
from handlers.views import buttons, mrkdwn
from handlers.views.elements import actions, context, section
from handlers.views.message import Message

_HEAD = "*What you can type*"
_FORM = "Everything can be done with buttons, too: type `/ai4os`."
_OPTIONS = "*Options*"
_EXAMPLES = "*Examples to copy*"


def render(verb: Verb | None = None, *, is_administrator: bool = False) -> Message:
    """Return the help about one command, or the list of all; `admin` is in it for administrators alone."""
    if verb is None or verb not in HELP:
        return _all(is_administrator=is_administrator)
    return _one(HELP[verb])


def _all(*, is_administrator: bool) -> Message:
    shown = {verb: what for verb, what in HELP.items() if is_administrator or verb is not Verb.ADMIN}
    lines = [f"• {_short(verb, what)}: {mrkdwn.escape(what.summary)}" for verb, what in shown.items()]
    text = "\n".join([_HEAD, *lines])
    return Message(
        f"{text}\n{_FORM}",
        [
            section(text, block_id=BlockId.TEXT),
            context(_FORM, block_id=BlockId.NOTE),
            actions([buttons.deploy()], block_id=BlockId.BUTTONS),
        ],
    )


def _one(what: VerbHelp) -> Message:
    usage = what.usage.split(" [--", 1)[0] + (" [options]" if what.options else "")
    head = f"{mrkdwn.code(f'/ai4os {usage}', 200)}\n{mrkdwn.escape(what.summary)}"
    examples = "\n".join([_EXAMPLES, *(mrkdwn.code(example, 200) for example in what.examples)])
    parts = [head, _options(what) if what.options else "", examples, mrkdwn.escape(what.notes)]
    found: list[Block] = [
        section(part, block_id=BlockId.COMMAND.numbered(number)) for number, part in enumerate(parts) if part
    ]
    return Message("\n".join(part for part in parts if part), found)


def _short(verb: Verb, what: VerbHelp) -> str:
    """Return a command without its options, which have a page of their own."""
    words = what.usage.split(" [--", 1)[0]
    return mrkdwn.code(f"/ai4os {words}", 80) if words.startswith(verb) else mrkdwn.code(f"/ai4os {verb}", 80)


def _options(what: VerbHelp) -> str:
    lines = [f"• {mrkdwn.code(option, 60)}: {mrkdwn.escape(purpose)}" for option, purpose in what.options]
    return "\n".join([_OPTIONS, *lines])
