"""Say in plain words why a call to Nomad failed, and whether it may have taken effect (nomad.md 3.2 and 4.3)."""

import re

import requests
from nomad.api.exceptions import BaseNomadException
from urllib3.exceptions import MaxRetryError, NewConnectionError

from bot.errors import NO_CHANGE, ClusterUnavailable, RejectedByCluster
from bot.nomad.body import AnswerTooLargeError

UNKNOWN_OUTCOME = "It is not known whether it took effect."
_AGAIN = "Please try again in a minute."
_LATE = "Nomad did not answer in time."
_BROKEN = "The connection to Nomad broke."
_OPERATORS = "Please tell the operators of this bot."
_TEXT_LIMIT = 300
_SERVER_ERROR = 500
_PREFIX = re.compile(r"^(?:rpc error: |Unexpected response code: \d+ \(|\d+ errors? occurred:\s*|\* )+")
_SPACE = re.compile(r"\s+")


class NomadAnswered(ClusterUnavailable):
    """Nomad answered with an error: its status and what it says, cut to a readable length."""

    def __init__(self, message: str, *, status: int, text: str, hint: str = _AGAIN, changed: str = NO_CHANGE) -> None:
        super().__init__(message, hint=hint, changed=changed)
        self.status = status
        self.text = text

    @property
    def is_forbidden(self) -> bool:
        """Tell whether the token lacks the right, or is not known."""
        return bool(self.status == requests.codes.forbidden)

    @property
    def is_not_found(self) -> bool:
        """Tell whether Nomad knows no such thing."""
        return bool(self.status == requests.codes.not_found)

    @property
    def says_job_exists(self) -> bool:
        """Tell whether a job was not registered because its id is taken."""
        return "job already exists" in self.text or "job exists with conflicting" in self.text


class NotInTime(ClusterUnavailable):
    """Nomad took the call but did not answer it in time."""


class OutcomeUnknown(ClusterUnavailable):
    """A write was sent but no answer came, so it may or may not have taken effect."""

    def __init__(self, message: str) -> None:
        super().__init__(message, hint=_AGAIN, changed=UNKNOWN_OUTCOME)


def explain(error: BaseNomadException, *, is_write: bool) -> ClusterUnavailable:
    """Return our own error for one of python-nomad's; it holds neither the token nor the library's objects."""
    cause = error.nomad_resp
    if isinstance(cause, requests.Response):
        return _answered(cause.status_code, cause.text, is_write=is_write)
    if isinstance(cause, requests.TooManyRedirects | ValueError):  # a ValueError is an address that is none
        return redirected()
    if isinstance(cause, requests.exceptions.SSLError):
        return ClusterUnavailable(
            "Nomad's certificate is not accepted, or Nomad does not accept ours.", hint=_OPERATORS
        )
    if isinstance(cause, AnswerTooLargeError) and not is_write:
        return too_large()
    if isinstance(cause, requests.ConnectionError) and _was_never_sent(cause):
        return ClusterUnavailable("Nomad cannot be reached.", hint=_AGAIN)
    return _unanswered(is_late=isinstance(cause, requests.Timeout), is_write=is_write)


def too_slow() -> ClusterUnavailable:
    """Return the error for a time that is up before anything more was asked."""
    return ClusterUnavailable(_LATE, hint=_AGAIN)


def silent() -> ClusterUnavailable:
    """Return the error for a call that was not even tried, since the one before it got no answer."""
    return ClusterUnavailable("Nomad does not answer at the moment.", hint=_AGAIN)


def often_silent() -> ClusterUnavailable:
    """Return the error for a machine that is not asked at the moment, since it failed several times in a row."""
    return ClusterUnavailable("It failed to answer several times, and is asked again later.", hint=_AGAIN)


def too_busy() -> ClusterUnavailable:
    """Return the error for a call that found no place among those under way."""
    return ClusterUnavailable("Too much is being asked of Nomad at the moment.", hint=_AGAIN)


def too_large() -> ClusterUnavailable:
    """Return the error for an answer that is not read into memory."""
    return ClusterUnavailable("Nomad's answer is larger than the bot takes.", hint=_OPERATORS)


def unreadable() -> ClusterUnavailable:
    """Return the error for an answer that is not Nomad's."""
    return ClusterUnavailable("What answers at Nomad's address does not speak Nomad's language.", hint=_OPERATORS)


def redirected() -> ClusterUnavailable:
    """Return the error for an address that leads elsewhere or nowhere."""
    return ClusterUnavailable("Nomad's address leads somewhere else: the setting NOMAD_ADDR is wrong.", hint=_OPERATORS)


def no_certificate() -> ClusterUnavailable:
    """Return the error for a certificate or key that cannot be read from its file."""
    text = "A file with the certificates for Nomad cannot be read: NOMAD_CACERT, NOMAD_CLIENT_CERT or NOMAD_CLIENT_KEY."
    return ClusterUnavailable(text, hint=_OPERATORS)


def rejection(answer: NomadAnswered, *, namespace: str) -> RejectedByCluster | ClusterUnavailable:
    """Return the error for a job that Nomad did not take: refused for good, or unavailable for now."""
    text = answer.text
    if "disabled by the scheduler configuration" in text:
        return RejectedByCluster(
            "The cluster takes no new deployments right now: its operators have switched that off.",
            hint="Try again later, or ask them.",
        )
    if answer.status == requests.codes.forbidden:
        return RejectedByCluster(f"I may not deploy in the namespace “{namespace}”.", hint=_OPERATORS)
    if "nonexistent namespace" in text:
        return RejectedByCluster(f"The cluster has no namespace “{namespace}”.", hint=_OPERATORS)
    if answer.status in {requests.codes.bad_request, _SERVER_ERROR} and not _is_passing(text):
        return RejectedByCluster(f"Nomad does not take this deployment: {text}", hint=_OPERATORS)
    return answer


def _unanswered(*, is_late: bool, is_write: bool) -> ClusterUnavailable:
    if is_write:
        return OutcomeUnknown(_LATE if is_late else _BROKEN)
    return NotInTime(_LATE, hint=_AGAIN) if is_late else ClusterUnavailable(_BROKEN, hint=_AGAIN)


def _answered(status: int, body: str, *, is_write: bool) -> NomadAnswered:
    text = _plain(body)
    message, hint = _words(status, text)
    is_in_doubt = is_write and (status > _SERVER_ERROR or (status == _SERVER_ERROR and _is_passing(text)))
    changed = UNKNOWN_OUTCOME if is_in_doubt else NO_CHANGE
    return NomadAnswered(message, status=status, text=text, hint=hint, changed=changed)


def _words(status: int, text: str) -> tuple[str, str]:  # noqa: PLR0911 - one sentence per case reads best as a list
    if status == requests.codes.forbidden:
        return "Nomad does not allow the bot to do this: its token is missing, expired or lacks the right.", _OPERATORS
    if status == requests.codes.too_many_requests:
        return "Nomad has too many connections from the bot at once.", _AGAIN
    if "leader" in text.casefold():
        return "Nomad has no leader right now.", _AGAIN
    if "keyring" in text.casefold():
        return "Nomad is still starting.", _AGAIN
    if status == requests.codes.not_found:
        return "Nomad knows nothing of that.", ""
    if status > _SERVER_ERROR:
        return "Nomad is not available behind its gateway.", _AGAIN
    return f"Nomad reports an error: {text or status}", _AGAIN


def _is_passing(text: str) -> bool:
    lowered = text.casefold()
    return any(word in lowered for word in ("leader", "keyring", "timed out", "eof", "connection", "shutting down"))


def _plain(body: str) -> str:
    text = _SPACE.sub(" ", _PREFIX.sub("", body.strip())).replace(" * ", "; ")
    return text if len(text) <= _TEXT_LIMIT else text[: _TEXT_LIMIT - 1] + "…"


def _was_never_sent(error: requests.ConnectionError) -> bool:
    if isinstance(error, requests.ConnectTimeout):
        return True
    inner = error.args[0] if error.args else None
    return isinstance(inner, MaxRetryError) and isinstance(inner.reason, NewConnectionError)
