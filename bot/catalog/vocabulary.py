"""The words of the metadata schema, and how to recognise them however they are spelled."""

import re
from collections.abc import Iterable

from bot.domain.catalog import Capability

LIBRARIES = ("TensorFlow", "PyTorch", "Keras", "Scikit-learn", "XGBoost", "LightGBM", "CatBoost", "Other")
TASKS = (
    "Computer Vision",
    "Natural Language Processing",
    "Time Series",
    "Recommender Systems",
    "Anomaly Detection",
    "Regression",
    "Classification",
    "Clustering",
    "Dimensionality Reduction",
    "Generative Models",
    "Graph Neural Networks",
    "Optimization",
    "Reinforcement Learning",
    "Transfer Learning",
    "Uncertainty Estimation",
    "Other",
)
CATEGORIES = ("AI4 pre trained", "AI4 trainable", "AI4 inference", "AI4 tools")
DATA_TYPES = ("Image", "Text", "Time Series", "Tabular", "Graph", "Audio", "Video", "Other")

CEILINGS = {"cpu": 1024, "gpu": 64, "memory_mb": 16_000_000, "storage_mb": 100_000_000, "gpu_memory_mb": 1_000_000}
"""How much of each resource can be meant; more is a slip of the pen."""
HIGHEST_CAPABILITY = 20
"""No GPU of today has a compute capability above 12."""

_SEPARATORS = re.compile(r"[\s_-]+")
_SIGNS = {
    "ai4pretrained": Capability.INFERENCE,
    "ai4inference": Capability.INFERENCE,
    "ai4trainable": Capability.TRAINABLE,
    "pretrained": Capability.INFERENCE,
    "inference": Capability.INFERENCE,
    "trainable": Capability.TRAINABLE,
}


def canonical(words: Iterable[str], vocabulary: Iterable[str]) -> tuple[str, ...]:
    """Return the words as the vocabulary spells them; those it does not have stay as they are."""
    spelled = {_folded(word): word for word in vocabulary}
    return tuple(dict.fromkeys(spelled.get(_folded(word), word) for word in words))


def capabilities(categories: Iterable[str], tags: Iterable[str]) -> tuple[Capability, ...]:
    """Return what a module is good for: today's categories say so, in older files tags do."""
    signs = {_SIGNS.get(_folded(word)) for word in (*categories, *tags)}
    return tuple(capability for capability in Capability if capability in signs)


def _folded(word: str) -> str:
    return _SEPARATORS.sub("", word.casefold())
