"""Image names as maintainers write them, made into the strict form that may go into a job."""

import re
from urllib.parse import urlsplit

from bot.domain.base import Frozen

OWN_ORGANISATION = "ai4oshub"
"""Where the platform publishes its modules' images on Docker Hub."""

_MAX_LENGTH = 255  # Docker's own limit for a name
_PART = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
_PATH = re.compile(rf"{_PART}(?:/{_PART})*")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DOCKER_HUB_PAGES = frozenset({"hub.docker.com", "www.hub.docker.com", "registry.hub.docker.com", "cloud.docker.com"})
_DOCKER_HUB_HOSTS = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"})
_CODE_HOSTS = frozenset({"github.com", "www.github.com", "gitlab.com", "www.gitlab.com"})
_ORGANISATION_ALIASES = {"ai4os-hub": OWN_ORGANISATION}  # the GitHub organisation's name, often taken for the image's


class NotAnImage(ValueError):
    """A text cannot be read as an image name; the message says why, to whoever wrote it."""


class ImageReference(Frozen):
    """An image's name without a tag and, where one was given, the tag."""

    image: str
    tag: str = ""


def is_image(name: str) -> bool:
    """Tell whether a name is strictly an image's: no tag, no digest, nothing a registry would not accept."""
    host, path = split_host(name)
    return (
        len(name) <= _MAX_LENGTH
        and (not host or _HOST.fullmatch(host) is not None)
        and _PATH.fullmatch(path) is not None
    )


def is_tag(text: str) -> bool:
    """Tell whether a text can be an image's tag."""
    return _TAG.fullmatch(text) is not None


def split_host(image: str) -> tuple[str, str]:
    """Return the registry that an image's name begins with (empty for Docker Hub), and the rest of the name."""
    first, slash, rest = image.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return first, rest
    return "", image


def conventional_image(module: str) -> str:
    """Return the image that a module has by convention; raise NotAnImage where the module's name cannot be one."""
    return parse_image(f"{OWN_ORGANISATION}/{module}").image


def parse_image(text: str) -> ImageReference:
    """Read an image as maintainers write it: with or without registry, organisation and tag, or as a page's address."""
    bare = text.strip().strip("'\"`<>").removeprefix("docker pull ").strip().rstrip("/")
    host, path = _split_address(bare) if "://" in bare else split_host(bare)
    host = host.lower()
    if "@" in bare:
        raise NotAnImage("pins a digest or holds a user name with @: name image and tag only")
    if host in _CODE_HOSTS:
        raise NotAnImage("is the address of source code, not of an image")
    if host in _DOCKER_HUB_PAGES:
        path = _path_of_page(path)
    if host in _DOCKER_HUB_PAGES | _DOCKER_HUB_HOSTS:
        host = ""
    path, tag = _split_tag(path)
    image = _with_organisation(host, path.lower())
    if not is_image(image):
        raise NotAnImage("is not an image name such as organisation/name")
    if tag and not is_tag(tag):
        raise NotAnImage("has a tag that Docker does not accept")
    return ImageReference(image=image, tag=tag)


def _split_address(text: str) -> tuple[str, str]:
    try:
        parts = urlsplit(text)
    except ValueError:
        raise NotAnImage("is not an address that can be read") from None
    return parts.netloc, parts.path.strip("/")


def _path_of_page(path: str) -> str:
    """Return the image of a page on Docker Hub, such as r/org/name/tags or _/name."""
    match [part for part in path.split("/") if part]:
        case ["r" | "u", organisation, name, *_] | ["repository", "docker", organisation, name, *_]:
            return f"{organisation}/{name}"
        case ["_", name, *_]:
            return f"library/{name}"
        case ["r" | "u" | "repository", *_]:
            raise NotAnImage("is the address of a page that does not show one image")
        case _:
            return path


def _split_tag(path: str) -> tuple[str, str]:
    before, colon, tag = path.rpartition(":")
    return (before, tag) if colon and "/" not in tag else (path, "")


def _with_organisation(host: str, path: str) -> str:
    if host:
        return f"{host}/{path}"
    organisation, slash, name = path.partition("/")
    if not slash:
        return f"{OWN_ORGANISATION}/{path}"
    return f"{_ORGANISATION_ALIASES.get(organisation, organisation)}/{name}"
