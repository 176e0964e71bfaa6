"""Turn what is secret in a form into the items of the deployment's Nomad Variable."""

import base64
import secrets as randomness
from collections.abc import Mapping
from enum import StrEnum

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from bot.domain.request import DeploymentRequest, Field

# rclone's own key, the same in every rclone and published with it: it hides passwords from a glance, not from a reader.
_RCLONE_KEY = bytes.fromhex("9c935b48730a554d6bfd7c63c886a92bd390198eb8128afbf4de162b8b95f638")
_BLOCK_BYTES = 16


class Item(StrEnum):
    """The items of a deployment's Variable; the names are those that its templates read."""

    IDE_PASSWORD = "jupyterPASSWORD"  # noqa: S105 - an item's name
    STORAGE_URL = "storage_url"
    STORAGE_USER = "storage_user"
    STORAGE_PASSWORD = "storage_password"  # noqa: S105 - an item's name
    STORAGE_PASSWORD_OBSCURED = "storage_password_obscured"  # noqa: S105 - an item's name


def secret_items(request: DeploymentRequest, secrets: Mapping[Field, str]) -> dict[str, str]:
    """Return the items that the deployment's tasks read, by name; empty if it needs none.

    The storage address and user are among them: people typed them, and only there are they sure not to be
    interpolated. The password is there twice, since the image obscures it itself for the mount but not for `main`.
    """
    items: dict[Item, str] = {}
    if request.service.is_ide and secrets.get(Field.PASSWORD):
        items[Item.IDE_PASSWORD] = secrets[Field.PASSWORD]
    if request.storage is not None:
        password = secrets.get(Field.STORAGE_PASSWORD, "")
        items[Item.STORAGE_URL] = request.storage.url
        items[Item.STORAGE_USER] = request.storage.user
        items[Item.STORAGE_PASSWORD] = password
        items[Item.STORAGE_PASSWORD_OBSCURED] = obscure(password, start=randomness.token_bytes(_BLOCK_BYTES))
    return {item.value: text for item, text in items.items()}


def obscure(password: str, *, start: bytes) -> str:
    """Return the password as `rclone obscure` writes it; `start` is 16 random bytes."""
    encryptor = Cipher(AES(_RCLONE_KEY), CTR(start)).encryptor()
    hidden = encryptor.update(password.encode()) + encryptor.finalize()
    return base64.urlsafe_b64encode(start + hidden).rstrip(b"=").decode()
