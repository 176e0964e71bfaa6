"""Finding modules by what a person types: names, titles, words, parts of words, and words with a typo."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from functools import lru_cache

from bot.domain.catalog import Module

MAX_RESULTS = 100
"""What a select in Slack can offer at once."""

_MAX_WORDS = 8
_MAX_LENGTH = 200
_MIN_TYPO_LENGTH = 4
_NEAR = 0.75
_ALIKE = 0.6
_LONGEST_WORDS = 3
_TYPOS = 2
_NOT_A_WORD = re.compile(r"[^\w]+|_")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """What of a module is looked at, ready to be compared.

    `weak` are words that say less about it than its name and title; `whole` is everything, for a quick no.
    """

    name: str
    title: str
    strong: tuple[str, ...]
    weak: tuple[str, ...]
    whole: str


def search(modules: Sequence[Module], query: str, *, limit: int = MAX_RESULTS) -> tuple[Module, ...]:
    """Return at most so many of the modules that fit what was typed, the best first (see `ranked`)."""
    return ranked(modules, query)[: max(0, min(limit, MAX_RESULTS))]


def ranked(modules: Sequence[Module], query: str) -> tuple[Module, ...]:
    """Return every module that fits what was typed, the best first; all in their order if nothing was typed.

    Every word must be found. Words with a typo are looked for only where nothing fits as it is typed.
    """
    words = _words(query[:_MAX_LENGTH])[:_MAX_WORDS]
    if not words:
        return tuple(modules)
    texts = [_text_of(module.name, module.title, module.summary, _labels(module)) for module in modules]
    phrase = " ".join(words)
    scores = [_score(text, phrase, words) for text in texts]
    if not any(scores):
        vocabulary = set(" ".join(text.whole for text in texts).split())
        mended = [_mended(word, vocabulary) for word in words]
        scores = [_score(text, "", mended) for text in texts] if all(mended) else scores
    order = sorted((-score, position) for position, score in enumerate(scores) if score)
    return tuple(modules[position] for _, position in order)


def nearest(modules: Sequence[Module], name: str) -> str | None:
    """Return the name of the module that was most likely meant, or None if nothing is near."""
    wanted = " ".join(_words(name[:_MAX_LENGTH]))
    spellings: dict[str, str] = {}
    for module in modules:
        spellings.setdefault(" ".join(_words(module.name)), module.name)
        spellings.setdefault(" ".join(_words(module.title)), module.name)
    near = get_close_matches(wanted, spellings, n=1, cutoff=_NEAR)
    if near:
        return spellings[near[0]]
    found = search(modules, name, limit=1)
    return found[0].name if found and wanted else None


def alike(modules: Sequence[Module], query: str, *, limit: int) -> tuple[Module, ...]:
    """Return the modules whose name or title, or a word of these, looks most like what was typed; for a question."""
    words = _words(query[:_MAX_LENGTH])[:_MAX_WORDS]
    long = sorted((word for word in words if len(word) >= _MIN_TYPO_LENGTH), key=len, reverse=True)
    wanted = [" ".join(words), *long[:_LONGEST_WORDS]]
    spellings: dict[str, list[Module]] = {}
    for module in modules:
        name, title = _words(module.name), _words(module.title)
        for spelling in {" ".join(name), " ".join(title), *name, *title}:
            spellings.setdefault(spelling, []).append(module)
    near = [found for each in wanted for found in get_close_matches(each, spellings, n=limit, cutoff=_ALIKE)]
    found = {module.name: module for spelling in near for module in spellings[spelling]}
    return tuple(found.values())[: max(0, limit)]


def _score(text: _Text, phrase: str, words: Sequence[str]) -> int:
    """Return how well a module fits, 0 if one of the words is not in it at all."""
    if phrase and phrase in {text.name, text.title}:
        return 1000
    if phrase and (text.name.startswith(phrase) or text.title.startswith(phrase)):
        return 900 if text.name.startswith(phrase) else 800
    scores = [_score_word(text, word) if word in text.whole else 0 for word in words]
    return sum(scores) // len(scores) if all(scores) else 0


def _score_word(text: _Text, word: str) -> int:
    if word in text.strong:
        return 700
    if any(other.startswith(word) for other in text.strong):
        return 600
    if word in text.weak:
        return 500
    if word in text.name or word in text.title:
        return 400
    if any(other.startswith(word) for other in text.weak):
        return 300
    return 200 if any(word in other for other in text.weak) else 0


def _mended(word: str, vocabulary: set[str]) -> str:
    """Return the word that was most likely meant; the word itself if it is there, nothing if none is near."""
    if word in "\n".join(vocabulary):
        return word
    if len(word) < _MIN_TYPO_LENGTH:
        return ""
    alike = [other for other in vocabulary if abs(len(other) - len(word)) <= _TYPOS and _shares_letters(word, other)]
    matcher = SequenceMatcher(None, "", word, autojunk=False)
    best, best_ratio = "", _NEAR
    for other in sorted(alike):
        matcher.set_seq1(other)
        if matcher.quick_ratio() >= best_ratio and matcher.ratio() >= best_ratio:
            best, best_ratio = other, matcher.ratio()
    return best


def _shares_letters(word: str, other: str) -> bool:
    """Tell, quickly, whether two words may differ by a few typos only."""
    return len(set(word).symmetric_difference(other)) <= _TYPOS + 1


def _labels(module: Module) -> tuple[str, ...]:
    return (*module.tags, *module.libraries, *module.tasks, *module.data_types, *module.capabilities)


@lru_cache(maxsize=2000)
def _text_of(name: str, title: str, summary: str, labels: tuple[str, ...]) -> _Text:
    """Prepare a module's texts; remembered, because a person's every key stroke asks again."""
    strong = (*_words(name), *_words(title))
    weak = tuple(dict.fromkeys(word for text in (summary, *labels) for word in _words(text)))
    whole = " ".join((*strong, *weak))
    return _Text(name=" ".join(_words(name)), title=" ".join(_words(title)), strong=strong, weak=weak, whole=whole)


def _words(text: str) -> list[str]:
    return [word for word in _NOT_A_WORD.split(text.casefold()) if word]
