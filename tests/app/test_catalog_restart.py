"""A bot that starts again where neither the catalogue nor the image registry can be reached."""

import shutil
from contextlib import ExitStack
from pathlib import Path

import app
from playground.registry import LocalRegistry
from tests.app.town import CATALOGUE, town


def test_everything_known_before_serves_at_once_and_says_that_it_is_not_certain(tmp_path: Path) -> None:
    """Modules and tags come out of the database; the form opens, filled in, with a notice of how old they are."""
    folder = tmp_path / "catalogue"
    shutil.copytree(CATALOGUE, folder)
    registry = LocalRegistry()
    with ExitStack() as network:
        network.enter_context(registry)
        with town(tmp_path, AI4OS_BOT_CATALOG=str(folder), AI4OS_BOT_IMAGE_REGISTRY=registry.address) as place:
            known = place.bot.catalog.refresh_tags("ai4oshub/demo-app")
            before = place.bot.catalog.snapshot()
            place.bot.catalog.keep()
            place.bot.stop()
            network.close()
            (folder / "gitmodules.txt").write_text("")

            place.bot = app.build(app.load(place.environment, dotenv=None), clock=place.workspace.clock.now)
            at_once = (place.bot.catalog.snapshot(), place.bot.catalog.known_tags("ai4oshub/demo-app"))
            place.bot.start()
            place.introduce(place.ada)
            place.workspace.wait_for_connections()
            place.ada.command("/ai4os", "deploy demo-app")
            form = place.ada.wait_for_modal(lambda view: view.callback_id == "deploy.form")

    assert known.certain
    assert before.certain
    assert at_once[0] == before.model_copy(update={"certain": False})
    assert at_once[1] == known.model_copy(update={"certain": False})
    assert "The catalogue is shown as it was read on" in form.text
    assert "what is newer may be missing" in form.text
    assert "demo-app" in form.text
