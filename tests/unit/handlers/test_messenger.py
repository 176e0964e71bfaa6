"""The messenger against the local workspace: each letter once, with its picture or without, and found again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from slack_sdk import WebClient

from bot.domain.base import SlackUserId
from bot.domain.letters import Letter, Settling
from bot.domain.notices import NoticeId
from bot.domain.operation import Mode
from bot.domain.review import Report, ReportKind, Review
from bot.errors import MessageUncertain, SlackUnavailable, Undeliverable
from handlers.clients import posting_client
from handlers.messenger import SlackMessenger
from handlers.pictures import Pictures, picture_hosts
from handlers.views import reminder
from handlers.views.elements import section
from handlers.views.message import Message
from playground.clock import Clock
from playground.slack import AppSettings, Person, Workspace
from playground.slack.settings import DEFAULT_SCOPES
from tests.views.letters import letter, line, settled, use

NOW = datetime(2026, 6, 11, 7, 30, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=7)
USE = (use(*(40.0, 0.0, None) * 20),)
PNG = b"\x89PNG\r\n\x1a\n"
REPORT = Report(key="weekly/2026-24", kind=ReportKind.WEEKLY, review=Review(at=NOW, mode=Mode()))


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    """Give a workspace with Ada in it, whose app may also read the channels it is in."""
    scopes = DEFAULT_SCOPES | {"channels:history"}
    with Workspace(AppSettings(scopes=scopes), clock=Clock(NOW, frozen=True), rate_limits=False) as made:
        made.add_user("ada")
        yield made


@pytest.fixture
def ada(workspace: Workspace) -> Person:
    """Give Ada."""
    return workspace.person("ada")


def messenger_of(workspace: Workspace, *, timeout: int = 5) -> SlackMessenger:
    """Return a messenger for a workspace, which gives up soon."""
    posting = posting_client(workspace.bot_token, workspace.api_url)
    posting.timeout = timeout
    repeating = WebClient(workspace.bot_token, base_url=workspace.api_url, timeout=5, retry_handlers=[])
    return SlackMessenger(
        posting=posting,
        repeating=repeating,
        pictures=Pictures(client=repeating, may_send_to=picture_hosts(workspace.api_url)),
        render=reminder.render,
        render_report=lambda report: Message(report.key, [section(report.key, block_id="text")]),
        arrivals=(0.0, 0.0),
    )


def letter_to(ada: Person, number: int = 1) -> Letter:
    """Return a letter to Ada; each number is another notice."""
    return letter(line(), slack_user=SlackUserId(ada.id), notice=NoticeId(f"n{number}"))


def test_a_letter_comes_with_its_picture(workspace: Workspace, ada: Person) -> None:
    """It stands in Ada's direct messages, once, with the picture that was drawn of the use."""
    channel, timestamp, file = messenger_of(workspace).send(letter_to(ada), USE)

    (message,) = ada.messages()
    assert (message.channel, message.ts) == (channel, timestamp)
    assert workspace.uploads.files[file].content == ada.picture(message)
    assert ada.picture(message).startswith(PNG)
    assert "[image: Bars of the highest GPU use" in message.text


def test_nothing_is_drawn_where_there_is_no_use(workspace: Workspace, ada: Person) -> None:
    """A finding about a CPU has no picture."""
    _, _, file = messenger_of(workspace).send(letter_to(ada), ())

    assert file == ""
    assert workspace.uploads.files == {}
    assert "[image:" not in ada.messages()[0].text


def test_slack_gets_a_moment_to_finish_a_picture(workspace: Workspace, ada: Person) -> None:
    """What was refused is not posted; the message is tried again and stands there once."""
    workspace.uploads.unready = 1

    _, _, file = messenger_of(workspace).send(letter_to(ada), USE)

    (message,) = ada.messages()
    assert file != ""
    assert ada.picture(message).startswith(PNG)


def test_a_picture_that_slack_never_takes_leaves_the_text_alone(workspace: Workspace, ada: Person) -> None:
    """The letter is more than its picture."""
    workspace.uploads.unready = 99

    _, _, file = messenger_of(workspace).send(letter_to(ada), USE)

    (message,) = ada.messages()
    assert file == ""
    assert "plant-classifier" in message.text


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
def test_a_failed_upload_leaves_the_text_alone(workspace: Workspace, ada: Person, method: str) -> None:
    """Whichever step fails, nothing is raised."""
    workspace.faults.fail(method)

    assert messenger_of(workspace).send(letter_to(ada), USE)[2] == ""
    assert len(ada.messages()) == 1


def test_bytes_go_to_slack_or_nowhere(workspace: Workspace, ada: Person) -> None:
    """An address of somebody else's gets no picture."""
    messenger = messenger_of(workspace)
    wary = Pictures(client=messenger.repeating, may_send_to=picture_hosts("https://slack.com/api/"))

    assert wary.upload(USE, zone="UTC") == ""
    assert [each.content for each in workspace.uploads.files.values()] == [None]
    assert ada.messages() == ()


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://files.slack.com/upload/v1/abc", True),
        ("https://files.slack-gov.com/upload/v1/abc", True),
        ("http://files.slack.com/upload/v1/abc", False),
        ("https://slack.com.example.org/upload", False),
        ("https://evilslack.com/upload", False),
        ("http://127.0.0.1:1/upload", False),
        ("http://[bad", False),
    ],
)
def test_what_is_an_address_of_slack(url: str, may: bool) -> None:  # noqa: FBT001 - the table's
    """By https, and Slack's own names alone."""
    assert picture_hosts("https://slack.com/api/")(url) is may


def test_a_lost_answer_is_uncertain_and_the_letter_is_found(workspace: Workspace, ada: Person) -> None:
    """It is not posted a second time; its metadata tells where it stands."""
    workspace.faults.drop_after("chat.postMessage")
    messenger = messenger_of(workspace)

    with pytest.raises(MessageUncertain):
        messenger.send(letter_to(ada), ())

    (message,) = ada.messages()
    assert messenger.find(SlackUserId(ada.id), NoticeId("n1"), since=LONG_AGO) == (message.channel, message.ts)


def test_a_letter_that_was_never_posted_is_not_found(workspace: Workspace, ada: Person) -> None:
    """Another notice's letter is another letter."""
    workspace.faults.drop_before("chat.postMessage")
    messenger = messenger_of(workspace)
    with pytest.raises(MessageUncertain):
        messenger.send(letter_to(ada), ())
    messenger.send(letter_to(ada, number=2), ())

    assert messenger.find(SlackUserId(ada.id), NoticeId("n1"), since=LONG_AGO) is None


def test_a_letter_is_found_on_a_later_page(workspace: Workspace, ada: Person) -> None:
    """However much was said since, the conversation is read page by page."""
    messenger = messenger_of(workspace)
    channel, timestamp, _ = messenger.send(letter_to(ada), ())
    for number in range(250):
        ada.say(f"and {number}")

    assert messenger.find(SlackUserId(ada.id), NoticeId("n1"), since=LONG_AGO) == (channel, timestamp)


def test_what_is_older_than_asked_for_is_not_found(workspace: Workspace, ada: Person) -> None:
    """The conversation is read since then, not from its beginning."""
    messenger = messenger_of(workspace)
    messenger.send(letter_to(ada), ())

    assert messenger.find(SlackUserId(ada.id), NoticeId("n1"), since=NOW + timedelta(minutes=1)) is None


@pytest.mark.parametrize("method", ["conversations.open", "conversations.history"])
def test_what_slack_does_not_show_is_not_called_absent(workspace: Workspace, ada: Person, method: str) -> None:
    """None means that it surely was not posted."""
    workspace.faults.fail(method)

    with pytest.raises(SlackUnavailable):
        messenger_of(workspace).find(SlackUserId(ada.id), NoticeId("n1"), since=LONG_AGO)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("channel_not_found", Undeliverable),
        ("user_disabled", Undeliverable),
        ("is_archived", Undeliverable),
        ("messages_tab_disabled", Undeliverable),
        ("token_revoked", SlackUnavailable),
        ("internal_error", MessageUncertain),
    ],
)
def test_refusals_are_told_apart(workspace: Workspace, ada: Person, code: str, error: type[Exception]) -> None:
    """What is final, what may work later, and what nobody knows."""
    workspace.faults.refuse("chat.postMessage", code)

    with pytest.raises(error) as caught:
        messenger_of(workspace).send(letter_to(ada), ())

    assert type(caught.value) is error


def test_a_rate_limit_is_waited_for(workspace: Workspace, ada: Person) -> None:
    """Slack has not taken it then, so it is sent again, and stands there once."""
    workspace.faults.rate_limit("chat.postMessage", retry_after=1)

    messenger_of(workspace).send(letter_to(ada), ())

    assert len(ada.messages()) == 1


def test_a_settled_letter_is_edited_in_place(workspace: Workspace, ada: Person) -> None:
    """Its buttons are gone, its metadata stays, and nobody is notified anew."""
    messenger = messenger_of(workspace)
    told = letter_to(ada)
    channel, timestamp, file = messenger.send(told, USE)
    after = told.model_copy(update={"lines": (line(settled=settled(Settling.KEPT)),), "file": file})

    assert messenger.edit(channel, timestamp, after)
    (message,) = ada.messages()
    assert message.buttons == ()
    assert message.metadata == {"event_type": "ai4os_reminder", "event_payload": {"notice": "n1"}}


def test_an_edit_survives_a_picture_that_was_deleted(workspace: Workspace, ada: Person) -> None:
    """Somebody has deleted the file; the text is what matters."""
    messenger = messenger_of(workspace)
    told = letter_to(ada)
    channel, timestamp, file = messenger.send(told, USE)
    workspace.uploads.files.clear()

    assert messenger.edit(channel, timestamp, told.model_copy(update={"file": file}))
    assert "[image:" not in ada.messages()[0].text


def test_a_letter_that_is_gone_cannot_be_edited(workspace: Workspace, ada: Person) -> None:
    """That is no trouble: there is nothing left to bring up to date."""
    assert not messenger_of(workspace).edit(ada.dm, "1.000001", letter_to(ada))


def test_an_edit_that_slack_refuses_may_work_later(workspace: Workspace, ada: Person) -> None:
    """The caller tries again."""
    messenger = messenger_of(workspace)
    channel, timestamp, _ = messenger.send(letter_to(ada), ())
    workspace.faults.fail("chat.update")

    with pytest.raises(SlackUnavailable):
        messenger.edit(channel, timestamp, letter_to(ada))


def test_a_report_stands_in_its_channel_and_is_found(workspace: Workspace, ada: Person) -> None:
    """By its key, as often as it is looked for."""
    channel = workspace.add_channel("admins", [ada])
    messenger = messenger_of(workspace)

    where = messenger.report(channel, REPORT)

    assert messenger.find_report(channel, REPORT.key, since=LONG_AGO) == where
    assert messenger.find_report(channel, "weekly/2026-25", since=LONG_AGO) is None


def test_without_the_right_to_read_a_channel_nobody_knows() -> None:
    """The app does not ask for that right; a report whose answer was lost is not posted a second time for it."""
    with Workspace(clock=Clock(NOW, frozen=True)) as workspace:
        channel = workspace.add_channel("admins", [workspace.add_user("grace")])
        messenger = messenger_of(workspace)
        messenger.report(channel, REPORT)

        with pytest.raises(SlackUnavailable, match="missing_scope"):
            messenger.find_report(channel, REPORT.key, since=LONG_AGO)


def test_a_report_to_a_channel_without_the_bot_is_undeliverable(workspace: Workspace, ada: Person) -> None:
    """Somebody has to invite it first."""
    channel = workspace.add_channel("admins", [ada], with_app=False)

    with pytest.raises(Undeliverable):
        messenger_of(workspace).report(channel, REPORT)
