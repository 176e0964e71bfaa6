"""One module's metadata file, of any schema version and with its mistakes, made into a module that can be deployed."""

import re
from collections.abc import Mapping
from datetime import date

from bot.catalog import vocabulary
from bot.catalog.gitmodules import Entry
from bot.catalog.images import ImageReference, NotAnImage, conventional_image, parse_image
from bot.catalog.markdown import plain_line, plain_text, shorten, visible
from bot.catalog.schema_check import flaws
from bot.catalog.yaml_text import MAX_BYTES, NOTHING, NotYaml, Yaml, decode, encoding_problem, parse
from bot.domain.catalog import BrokenItem, Module, Wanted

FILE_NAME = "ai4-metadata.yml"

_TITLE_LENGTH = 150
_SUMMARY_LENGTH = 500
_DESCRIPTION_LENGTH = 10_000
_WORD_LENGTH = 80
_MAX_WORDS = 40
_IMAGE_KEYS = ("docker_image", "docker_registry_repo")
_LINKS = {  # label: the keys of schema v2, then those of v1
    "Source code": ("source_code", "code"),
    "Documentation": ("documentation",),
    "Dataset": ("dataset", "dataset_url"),
    "Weights": ("weights", "pre_trained_weights"),
    "Citation": ("citation", "cite_url"),
    "Base model": ("base_model",),
    "DOI": ("zenodo_doi", "doi"),
}
_URL = re.compile(r"https?://[A-Za-z0-9][^\s<>\"|\\^`{}\x00-\x1f\x7f]{2,499}")
_DOI = re.compile(r"(?:doi:\s*)?(10\.\d{4,9}/[^\s<>\"|\\^`{}]{1,200})", re.IGNORECASE)
_TEMPLATE_URL = re.compile(r"https?://add-some-|https?://(?:www\.)?example\.")  # left over from the module template
_WEB_PAGE = re.compile(r"\s*<(?:!doctype|html|head|body)\b", re.IGNORECASE)
_LFS_POINTER = "version https://git-lfs."
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?")


class NoModule(ValueError):
    """A file does not describe a module that can be deployed; the message says why, to its maintainer."""


def read(content: str | bytes, entry: Entry) -> Module | BrokenItem:
    """Read a metadata file; whatever it holds, the answer is a module or the reason why it is none."""
    try:
        document, remarks = _document(content)
        return _module(entry, _spelled(document)).model_copy(update={"flaws": (*remarks, *flaws(document))})
    except (NoModule, NotYaml) as error:
        return BrokenItem(name=entry.name, reason=str(error))


def is_web_page(text: str) -> bool:
    """Tell whether a text is HTML, as servers send it with their errors."""
    return _WEB_PAGE.match(text) is not None


def is_link(text: str) -> bool:
    """Tell whether a text is an address on the web that may be shown as a link."""
    return _URL.fullmatch(text) is not None


def _document(content: str | bytes) -> tuple[dict[str, Yaml], tuple[str, ...]]:
    """Return the file's keys and their values, and what is odd about the file's form."""
    if len(content) > MAX_BYTES:
        raise NoModule(f"is larger than {MAX_BYTES // 1024} KB: keep long texts in the documentation")
    text = decode(content) if isinstance(content, bytes) else content
    if is_web_page(text):
        raise NoModule("holds a web page instead of metadata")
    document, remarks = parse(text)
    if not isinstance(document, dict):
        raise NoModule(_objection(document))
    problem = encoding_problem(content) if isinstance(content, bytes) else ""
    return document, (problem, *remarks) if problem else remarks


def _objection(document: Yaml) -> str:
    """Say what a file is that has no keys."""
    if isinstance(document, str) and document in NOTHING:
        return "is empty"
    if isinstance(document, str) and document.startswith(_LFS_POINTER):
        return "holds a pointer of Git LFS instead of metadata: store the file itself in the repository"
    return "holds a text or a list instead of keys with values"


def _module(entry: Entry, keys: Mapping[str, Yaml]) -> Module:
    sources = _sources(keys)
    title = plain_line(_text(keys.get("title")), limit=_TITLE_LENGTH)
    image = _image(_first(sources, _IMAGE_KEYS), entry, has_title=bool(title))
    tags = _words(keys.get("tags")) or _words(keys.get("keywords"))
    categories = vocabulary.canonical(_words(keys.get("categories")), vocabulary.CATEGORIES)
    dates, resources = _mapping(keys.get("dates")), _mapping(keys.get("resources"))
    return Module(
        name=entry.name,
        title=title or entry.name,
        summary=plain_line(_text(keys.get("summary")), limit=_SUMMARY_LENGTH),
        description=plain_text(_text(keys.get("description")), limit=_DESCRIPTION_LENGTH),
        image=image.image,
        fixed_tag=image.tag,
        capabilities=vocabulary.capabilities(categories, tags),
        categories=categories,
        tags=tags,
        libraries=vocabulary.canonical(_words(keys.get("libraries")), vocabulary.LIBRARIES),
        tasks=vocabulary.canonical(_words(keys.get("tasks")), vocabulary.TASKS),
        data_types=vocabulary.canonical(_words(keys.get("data_type")), vocabulary.DATA_TYPES),
        license=plain_line(_text(keys.get("license")), limit=_WORD_LENGTH),
        links=_links(sources, entry),
        created=_day(dates.get("created") or keys.get("date_creation")),
        updated=_day(dates.get("updated")),
        inference=_wanted(resources.get("inference")),
        training=_wanted(resources.get("training")),
    )


def _image(written: str, entry: Entry, *, has_title: bool) -> ImageReference:
    """Return the image that a file names, or the conventional one where it names none."""
    if not written and not has_title:
        raise NoModule("has neither a title nor links.docker_image: is it really a module's metadata?")
    try:
        return parse_image(written) if written else ImageReference(image=conventional_image(entry.name))
    except NotAnImage as error:
        if not written:
            raise NoModule("names no links.docker_image, and its own name cannot be an image's") from error
        raise NoModule(f"has an unusable links.docker_image: “{plain_line(written, limit=100)}” {error}") from error


def _sources(keys: Mapping[str, Yaml]) -> dict[str, Yaml]:
    """Return all keys that may hold an address or an image: those of `links` count most, then v1's `sources`."""
    return {**keys, **_spelled(_mapping(keys.get("sources"))), **_spelled(_mapping(keys.get("links")))}


def _links(sources: Mapping[str, Yaml], entry: Entry) -> tuple[tuple[str, str], ...]:
    found = {label: _address(_first(sources, names)) for label, names in _LINKS.items()}
    found["Source code"] = found["Source code"] or _address(entry.url)
    return tuple((label, address) for label, address in found.items() if address)


def _address(text: str) -> str:
    doi = _DOI.fullmatch(text)
    address = f"https://doi.org/{doi.group(1)}" if doi else text
    return address if _URL.fullmatch(address) and not _TEMPLATE_URL.match(address) else ""


def _wanted(node: Yaml | None) -> Wanted:
    given = _spelled(_mapping(node))
    amounts = {key: _amount(given.get(key), ceiling) for key, ceiling in vocabulary.CEILINGS.items()}
    return Wanted(
        cpu=amounts["cpu"] or None,
        gpu=amounts["gpu"],
        ram_mb=amounts["memory_mb"] or None,
        disk_mb=amounts["storage_mb"] or None,
        gpu_memory_mb=amounts["gpu_memory_mb"] or None,
        gpu_capability=_capability(_text(given.get("gpu_compute_capability"))),
    )


def _capability(text: str) -> float | None:
    """Return a compute capability such as 7.5; None for what no GPU has."""
    number = float(text) if text.isascii() and _NUMBER.fullmatch(text) else 0
    return number if 0 < number <= vocabulary.HIGHEST_CAPABILITY else None


def _amount(node: Yaml | None, ceiling: int) -> int | None:
    """Return a whole number, rounded up; None for what is not a number or cannot be meant."""
    text = _text(node)
    if not text.isascii() or not _NUMBER.fullmatch(text):
        return None
    whole, _, fraction = text.partition(".")
    amount = int(whole) + (fraction.strip("0") != "")
    return amount if amount <= ceiling else None


def _day(node: Yaml | None) -> str:
    found = _DAY.match(_text(node))
    try:
        return date.fromisoformat(found.group()).isoformat() if found else ""
    except ValueError:
        return ""


def _first(keys: Mapping[str, Yaml], names: tuple[str, ...]) -> str:
    """Return the first value among these keys that is a text; of a list, its first text."""
    texts = (_text(value[0] if isinstance(value, list) and value else value) for value in map(keys.get, names))
    return next((text for text in texts if text), "")


def _words(node: Yaml | None) -> tuple[str, ...]:
    """Return a list of words; one text with commas counts as a list, too."""
    items = node if isinstance(node, list) else _text(node).split(",")
    words = (shorten(" ".join(visible(_text(item)).split()), _WORD_LENGTH) for item in items[:_MAX_WORDS])
    return tuple(dict.fromkeys(word for word in words if word))


def _spelled(document: Mapping[str, Yaml]) -> dict[str, Yaml]:
    return {key.strip().casefold().replace("-", "_"): value for key, value in document.items()}


def _mapping(node: Yaml | None) -> dict[str, Yaml]:
    return node if isinstance(node, dict) else {}


def _text(node: Yaml | None) -> str:
    """Return a text; the paragraphs of a list, as schema v1 has them, are joined."""
    if isinstance(node, list):
        return "\n\n".join(item for item in node[:_MAX_WORDS] if isinstance(item, str) and item not in NOTHING)
    return node.strip() if isinstance(node, str) and node not in NOTHING else ""
