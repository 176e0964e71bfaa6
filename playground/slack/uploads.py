"""Files that the app uploads in three steps: get an address, post the bytes, complete."""

import secrets

from playground.slack.records import Upload
from playground.slack.state import State


class Uploads:
    """The files of the workspace by upload address and by id; the caller holds the state's lock.

    Slack finishes a file some moments after it said so: `unready` is how often each new one is refused in blocks.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._by_key: dict[str, Upload] = {}
        self.unready = 0

    @property
    def files(self) -> dict[str, Upload]:
        """Return the files by id."""
        return self._state.files

    def announce(self, name: str, length: int, *, alt_text: str = "") -> tuple[str, Upload]:
        """Return the address to post the bytes to, and the file."""
        key = secrets.token_urlsafe(18)
        upload = Upload(id=self._state.ids.make("F"), name=name, length=length, alt_text=alt_text, unready=self.unready)
        self._by_key[key] = upload
        self.files[upload.id] = upload
        return f"{self._state.base_url}/upload/{key}", upload

    def receive(self, key: str, content: bytes) -> Upload | None:
        """Take the bytes of a file once; None when the address is unknown, used or the length is wrong."""
        upload = self._by_key.get(key)
        if upload is None or upload.content is not None or len(content) != upload.length:
            return None
        upload.content = content
        return upload
