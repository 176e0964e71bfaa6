"""Gives Slack the picture that comes with a reminder."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
import structlog
from slack_sdk import WebClient

from bot.domain.letters import UseOverTime
from handlers.slack_errors import FAILURES, code_of
from handlers.use_plot import draw

_TIMEOUT = (2.0, 8.0)
_NAME = "gpu-use.png"
_SLACK = frozenset({"slack.com", "slack-gov.com"})

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """Uploads pictures in Slack's three steps. A picture adorns: nothing is raised when it cannot be had."""

    client: WebClient
    may_send_to: Callable[[str], bool]

    def upload(self, use: Sequence[UseOverTime], *, zone: str) -> str:
        """Draw and upload a picture that nobody but us can see yet; return its id, empty if that did not work."""
        if not use:
            return ""
        try:
            content = draw(use, zone=zone)
            place = self.client.files_getUploadURLExternal(filename=_NAME, length=len(content), alt_txt="GPU use")
            url, file = str(place["upload_url"]), str(place["file_id"])
            if not self.may_send_to(url):
                log.warning("Slack names a strange address for a picture")
                return ""
            answer = requests.post(url, data=content, timeout=_TIMEOUT, allow_redirects=False)
            if answer.status_code != requests.codes.ok:
                log.warning("picture not taken", status=answer.status_code)
                return ""
            self.client.files_completeUploadExternal(files=[{"id": file, "title": "GPU use"}])
        except (*FAILURES, requests.RequestException) as error:
            log.warning("picture not uploaded", error=code_of(error))
            return ""
        return file


def picture_hosts(api_url: str) -> Callable[[str], bool]:
    """Return the test for addresses that may be given a picture: Slack's own over https, and the local workspace's."""
    own = urlsplit(api_url)

    def may_send_to(url: str) -> bool:
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            return False
        if (parts.scheme, parts.netloc) == (own.scheme, own.netloc) and host in {"127.0.0.1", "localhost"}:
            return True
        return parts.scheme == "https" and ".".join(host.split(".")[-2:]) in _SLACK

    return may_send_to
