"""Get the real Nomad and the two plugins of the agent tests, building what is not there yet.

Run it as a script; it needs nothing but the standard library, and Go 1.25 or newer where something must be built.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

SOURCES = Path(__file__).resolve().parent
CACHE = SOURCES.parents[1] / ".cache" / "agent"
PLUGINS = CACHE / "plugins"
PLUGIN_NAMES = ("gpu_plugin", "docker_plugin")
MINIMUM_GO = (1, 25)
BUILD_FLAGS = ("-tags", "hashicorpmetrics", "-ldflags", "-s -w")
HOW_TO_GET_ONE = (
    "install Go 1.25 or newer and run 'python3 tests/agent/build.py' (about 3 minutes the first time); "
    "NOMAD_BIN or a nomad on PATH saves most of it"
)


def main(arguments: list[str]) -> int:
    """Bring everything up to date and say what is there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--require", action="store_true", help="fail when something could not be had")
    required = parser.parse_args(arguments).require
    problem = bring_up_to_date()
    if problem is None:
        say(f"The real Nomad is there: {version_of(find_nomad())}, {find_nomad()}, with {' and '.join(PLUGIN_NAMES)}.")
        return 0
    say(f"No real Nomad: {problem}. To get one: {HOW_TO_GET_ONE}.")
    return 1 if required else 0


def bring_up_to_date() -> str | None:
    """Build what is missing or older than its sources; return what hindered it, if anything did."""
    named = os.environ.get("NOMAD_BIN")
    if named and not os.access(named, os.X_OK):
        return f"NOMAD_BIN is {named}, which is not a program"
    go = find_go()
    CACHE.mkdir(parents=True, exist_ok=True)
    try:
        if given_nomad() is None:
            build("nomad", go, output=CACHE / "nomad", packages=["github.com/hashicorp/nomad"], sources=module_files())
        else:
            say(f"nomad: {given_nomad()} is used as it is")
        packages = [f"./{name}" for name in PLUGIN_NAMES]
        build("plugins", go, output=PLUGINS, packages=packages, sources=[*module_files(), *plugin_files()])
    except BuildError as error:
        return str(error)
    return None


class BuildError(Exception):
    """Something could not be built."""


def build(step: str, go: str | None, *, output: Path, packages: list[str], sources: Iterable[Path]) -> None:
    """Run one Go build unless its stamp says that the sources are those of the last one."""
    stamp, fingerprint = CACHE / f"{step}.stamp", fingerprint_of(sources)
    if output.exists() and stamp.exists() and stamp.read_text() == fingerprint:
        say(f"{step}: up to date")
        return
    if go is None:
        raise BuildError(f"{step} must be built and there is no Go {'.'.join(map(str, MINIMUM_GO))} or newer")
    started = time.monotonic()
    say(f"{step}: building with {go} ...")
    if output == PLUGINS:
        output.mkdir(exist_ok=True)
    command = [go, "build", *BUILD_FLAGS, "-o", str(output), *packages]
    done = subprocess.run(command, cwd=SOURCES, env=go_environment(), check=False)  # noqa: S603 - Go, on our own files
    if done.returncode != 0:
        raise BuildError(f"building {step} failed, see Go's message above")
    stamp.write_text(fingerprint)
    say(f"{step}: built in {time.monotonic() - started:.0f} s")


def given_nomad() -> str | None:
    """Return the binary that NOMAD_BIN names or that is on PATH."""
    return shutil.which(os.environ.get("NOMAD_BIN") or "nomad")


def find_nomad() -> str | None:
    """Return the binary to use: the given one before the one that was built."""
    built = CACHE / "nomad"
    return given_nomad() or (str(built) if built.exists() else None)


def find_go() -> str | None:
    """Return a Go that is new enough, looking where installers put it when it is not on PATH."""
    for candidate in (shutil.which("go"), "/usr/local/go/bin/go", str(CACHE.parent / "go-for-tests" / "bin" / "go")):
        if candidate and os.access(candidate, os.X_OK) and go_version(candidate) >= MINIMUM_GO:
            return candidate
    return None


def go_version(go: str) -> tuple[int, int]:
    """Return major and minor version of a Go, (0, 0) when it does not say."""
    answer = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=False)  # noqa: S603 - Go
    found = re.match(r"go(\d+)\.(\d+)", answer.stdout)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def version_of(nomad: str | None) -> str:
    """Return the first line of what the binary says about itself."""
    if nomad is None:
        return "nothing"
    answer = subprocess.run([nomad, "version"], capture_output=True, text=True, check=False)  # noqa: S603 - Nomad
    return answer.stdout.partition("\n")[0]


def go_environment() -> dict[str, str]:
    """Return the environment of a build: go.sum decides, no C compiler, no other toolchain, caches as they are."""
    fixed = {"GOSUMDB": "off", "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly -buildvcs=false"}
    return {**os.environ, **fixed, "GOWORK": "off"}


def module_files() -> list[Path]:
    """Return the files that fix the versions."""
    return [SOURCES / "go.mod", SOURCES / "go.sum"]


def plugin_files() -> list[Path]:
    """Return the plugins' sources."""
    return sorted(path for name in PLUGIN_NAMES for path in (SOURCES / name).glob("*.go"))


def fingerprint_of(sources: Iterable[Path]) -> str:
    """Return a digest over the flags and the sources' names and contents."""
    digest = hashlib.sha256(repr(BUILD_FLAGS).encode())
    for path in sources:
        digest.update(f"{path.relative_to(SOURCES)}\n{path.stat().st_size}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def say(line: str) -> None:
    """Print one line at once, so that it stands before what a compiler prints."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
