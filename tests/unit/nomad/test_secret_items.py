"""Check which secrets a deployment gets, and that rclone can read what it needs."""

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.catalog import Service
from bot.domain.request import Field
from bot.nomad.secret_items import obscure, secret_items
from tests.unit.nomad.samples import STORAGE, request

TYPED = {Field.PASSWORD: "long enough", Field.STORAGE_PASSWORD: "of the storage"}


def test_editor_gets_its_password() -> None:
    """An editor's password is the item that the image reads."""
    assert secret_items(request(service=Service.JUPYTER), TYPED) == {"jupyterPASSWORD": "long enough"}


def test_deepaas_needs_no_secret() -> None:
    """DEEPaaS without storage has no items, whatever was typed before the service was changed."""
    assert secret_items(request(service=Service.DEEPAAS), TYPED) == {}


def test_storage_gets_address_and_both_forms_of_its_password() -> None:
    """Storage brings its address, user, and the password both plain and as rclone writes it."""
    items = secret_items(request(storage=STORAGE), TYPED)

    assert items.keys() == {"storage_url", "storage_user", "storage_password", "storage_password_obscured"}
    assert items["storage_url"] == STORAGE.url
    assert items["storage_password"] == "of the storage"
    assert "of the storage" not in items["storage_password_obscured"]


def test_obscured_password_is_rclones() -> None:
    """A known start gives what rclone 1.60 reveals as the same password."""
    assert obscure("p ä$'\"", start=bytes(range(16))) == "AAECAwQFBgcICQoLDA0OD3G_pIEj9WI"


@given(password=st.text(max_size=200), start=st.binary(min_size=16, max_size=16))
def test_same_password_looks_different_every_time(password: str, start: bytes) -> None:
    """The start decides how a password looks, and the text is safe in an environment file."""
    obscured = obscure(password, start=start)

    assert obscured == obscure(password, start=start)
    assert obscured.replace("-", "").replace("_", "").isalnum()
