"""Try the bot in a page of the browser, or play it and print the conversation: `python -m playground.demo [--once]`."""

import argparse
import io
import os
import signal
import sys
import tempfile
import threading
import time
import webbrowser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from playground.page import PageServer
from playground.scene_actor import Actor
from playground.scene_nomad import NotPlayable
from playground.scene_print import Narrator
from playground.scene_script import SCRIPT, Scene
from playground.scene_stage import MANIFEST, Stage, open_stage

CACHE = Path(__file__).parents[1] / ".cache"
INTERRUPTED = 130
LOG_LINES = 20
_FOREIGN = ("SLACK_", "AI4OS_BOT_", "DATABASE_URL", "NOMAD_")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_TAKEN = "Port {port} is taken, or no port. Choose another one with --port, or leave it out."


def main(
    arguments: Sequence[str], environ: Mapping[str, str], *, script: Sequence[Scene] = SCRIPT, cache: Path = CACHE
) -> int:
    """Serve the page until it is interrupted, or play the script once; return the shell's status.

    That is 0 if all went well, 1 if a step of the script did not do what it should, 2 if it cannot begin. All files are
    in a folder of its own under `cache`, which goes in the end.
    """
    wanted = _arguments(arguments)
    cache.mkdir(exist_ok=True)
    try:
        with (
            _bare_environment(),
            tempfile.TemporaryDirectory(prefix="demo-", dir=cache) as folder,
            open_stage(Path(folder), environ) as stage,
        ):
            return _play(stage, script) if wanted.once else _serve(stage, wanted, environ)
    except NotPlayable as reason:
        print(reason, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nInterrupted. Nothing is left running.", file=sys.stderr)
        return INTERRUPTED


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m playground.demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="play the script in the terminal and end")
    parser.add_argument(
        "--port", type=int, default=0, help="the page's port on the loopback address; any free one else"
    )
    parser.add_argument("--no-browser", action="store_true", help="only print the page's address")
    return parser.parse_args(arguments)


def _serve(stage: Stage, wanted: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Serve the page until somebody presses Ctrl-C."""
    page = PageServer(
        stage.workspace,
        people=stage.people,
        panel=stage.panel or stage.real_panel,
        passage=stage.time,
        manifest=MANIFEST,
        port=wanted.port,
    )
    with ExitStack() as opened:
        try:
            opened.enter_context(page)
        except (OSError, OverflowError) as error:
            raise NotPlayable(_TAKEN.format(port=wanted.port)) from error
        with suppress(KeyboardInterrupt):
            print(f"The bot in a local workspace, on {stage.place}:\n\n    {page.address}\n\nCtrl-C ends it.")
            if not wanted.no_browser and has_screen(environ):
                webbrowser.open(page.address)
            threading.Event().wait()
    print("\nEnded. Nothing is left running.")
    return 0


def has_screen(environ: Mapping[str, str]) -> bool:
    """Tell whether a browser would show up in front of the person who types."""
    if environ.get("SSH_CONNECTION"):
        return False
    return sys.platform in {"darwin", "win32"} or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def _play(stage: Stage, script: Sequence[Scene]) -> int:
    """Play each scene and print its part of the conversation."""
    began = time.monotonic()
    actor = Actor(stage, set())
    narrator = Narrator(state=stage.workspace.state, reader=stage.ada.id, secrets=actor.secrets)
    print(f"The bot in a local Slack workspace, on {stage.place}. In forms, “…” stands for what has not changed.")
    left_out = 0
    for number, scene in enumerate(script, start=1):
        print(f"\n── {number} ── {scene.heading}\n")
        why_not = scene.left_out(stage)
        left_out += bool(why_not)
        if why_not:
            print(f"Left out: {why_not}.")
            continue
        trouble = _trouble(scene, actor)
        print(narrator.news())
        if trouble:
            _explain(trouble, number, scene, stage)
            return 1
    _sum_up(len(script), left_out, time.monotonic() - began)
    return 0


def _trouble(scene: Scene, actor: Actor) -> str:
    """Play one scene; return what went wrong, empty if nothing did."""
    try:
        scene.play(actor)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong, the person is told at which step
        name = "" if type(error).__module__.startswith("playground") else f"{type(error).__name__}: "
        return name + (str(error).splitlines() or [""])[0]
    rules = [f"{problem.kind}: {problem.text}" for problem in actor.stage.workspace.problems]
    return f"Slack's rules were broken. {' '.join(rules)}" if rules else ""


def _explain(trouble: str, number: int, scene: Scene, stage: Stage) -> None:
    print(f"\nStep {number} failed: {scene.heading}\n{trouble}")
    view = stage.ada.modal
    if view is not None:
        print(f"On the screen stands:\n{view.text}")
    log = stage.log.read_text(encoding="utf-8").splitlines()[-LOG_LINES:]
    if log:
        print("\n".join(["The bot's latest warnings and errors:", *log]))


def _sum_up(steps: int, left_out: int, seconds: float) -> None:
    but = f" ({left_out} left out)" if left_out else ""
    print(f"\nAll {steps - left_out} steps{but} did what they should, in {seconds:.1f} s.")


@contextmanager
def _bare_environment() -> Iterator[None]:
    """Take what is meant for a real bot, and proxies, out of this process's environment for a while."""
    gone = {name: value for name, value in os.environ.items() if _is_foreign(name)}
    for name in gone:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(gone)


def _is_foreign(name: str) -> bool:
    return name.startswith(_FOREIGN) or name.casefold() in _PROXIES


def _prepare_terminal() -> None:
    """Print line by line, whatever the terminal's encoding can show."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace", line_buffering=True)


if __name__ == "__main__":
    _prepare_terminal()
    for ending in (signal.SIGTERM, signal.SIGHUP):  # a demo that is ended from outside tidies up, too
        signal.signal(ending, signal.default_int_handler)
    sys.exit(main(sys.argv[1:], dict(os.environ)))
