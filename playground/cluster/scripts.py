"""How images behave: what a test or a demo scripts, and how long things take otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from playground.cluster.records import JsonObject

_LATEST = "latest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long the phases of a task take, on the cluster's clock."""

    receive: timedelta = timedelta(milliseconds=20)
    setup: timedelta = timedelta(milliseconds=10)
    pull: timedelta = timedelta(milliseconds=300)
    start: timedelta = timedelta(milliseconds=20)
    hook: timedelta = timedelta(milliseconds=100)
    crash: timedelta = timedelta(milliseconds=200)
    stop: timedelta = timedelta(milliseconds=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageScript:
    """What happens to a task with this image. By default it is pulled, starts, and runs until stopped.

    `pull_error` is the registry's answer, put after the image's name; `recoverable` says whether the client
    tries again. `exit_code`, `oom` and `crash_loop` end the task after `run_for` (soon, unless given); the
    restart policy decides what follows. `attempts` limits all of it to the first so many starts: the next one
    goes well. `holds` makes the task ignore its stop until it is released.
    """

    pull_error: str = ""
    recoverable: bool = True
    pull_time: timedelta | None = None
    start_delay: timedelta = timedelta(0)
    start_error: str = ""
    run_for: timedelta | None = None
    exit_code: int = 0
    exit_message: str = ""
    oom: bool = False
    crash_loop: bool = False
    stop_time: timedelta | None = None
    attempts: int | None = None
    holds: bool = False
    logs: str = ""

    @property
    def fails(self) -> bool:
        """Tell whether the task ends badly."""
        return bool(self.exit_code or self.oom or self.crash_loop)


@dataclass(slots=True)
class ScriptBook:
    """The scripts by image; an image without a tag stands for all its tags. The caller holds the lock."""

    pace: Pace
    by_image: dict[str, ImageScript] = field(default_factory=dict)

    def script_for(self, task: JsonObject, starts: int) -> ImageScript:
        """Return what the next start of a task will do; `starts` counts the earlier ones."""
        script = self._scripted(task)
        if script.attempts is not None and starts >= script.attempts:
            script = ImageScript(logs=script.logs)
        if script.run_for is not None:
            return script
        if script.fails:
            return replace(script, run_for=self.pace.crash)
        return replace(script, run_for=self.pace.hook) if _ends_by_itself(task) else script

    def _scripted(self, task: JsonObject) -> ImageScript:
        config = task.get("Config") or {}
        if task["Driver"] == "mock_driver":
            return _mock_script(config)
        image = str(config.get("image", ""))
        return self.by_image.get(image) or self.by_image.get(untagged(image)) or ImageScript()


def image_of(task: JsonObject) -> str:
    """Return the image of a docker task, empty for other drivers."""
    return str((task.get("Config") or {}).get("image", "")) if task["Driver"] == "docker" else ""


def untagged(image: str) -> str:
    """Return an image's name without its tag."""
    name, colon, tag = image.rpartition(":")
    return name if colon and "/" not in tag else image


def always_pulled(task: JsonObject) -> bool:
    """Tell whether the client pulls although it has the image: when asked to, and for the tag `latest`."""
    image = image_of(task)
    tag = image.removeprefix(untagged(image)).removeprefix(":") or _LATEST
    return bool((task.get("Config") or {}).get("force_pull")) or tag == _LATEST


def _ends_by_itself(task: JsonObject) -> bool:
    lifecycle = task.get("Lifecycle") or {}
    return bool(lifecycle.get("Hook")) and not lifecycle.get("Sidecar")


def _mock_script(config: Mapping[str, object]) -> ImageScript:
    run_for = config.get("run_for")
    return ImageScript(
        run_for=_seconds(str(run_for)) if run_for else timedelta(0),
        exit_code=int(str(config.get("exit_code", 0))),
        exit_message=str(config.get("exit_err_msg", "")),
        start_error=str(config.get("start_error", "")),
        recoverable=bool(config.get("start_error_recoverable")),
        start_delay=_seconds(str(config.get("start_block_for", "0s"))),
    )


def _seconds(text: str) -> timedelta:
    """Read a duration such as `1h` or `300ms`."""
    units = {"ms": timedelta(milliseconds=1), "s": timedelta(seconds=1), "m": timedelta(minutes=1)}
    units["h"] = timedelta(hours=1)
    for unit, size in units.items():
        if text.endswith(unit) and text.removesuffix(unit).replace(".", "", 1).isdigit():
            return size * float(text.removesuffix(unit))
    return timedelta(0)
