"""What a new reading of the catalogue has changed."""

from bot.domain.base import Frozen, ModuleName
from bot.domain.catalog import BrokenItem, CatalogSnapshot


class CatalogChange(Frozen):
    """How many modules and broken items there are now, and which are new, gone, changed, broken or mended since.

    A module that has become broken is not counted as gone, nor one that was mended as new.
    """

    modules: int
    broken: int
    new: tuple[ModuleName, ...] = ()
    gone: tuple[ModuleName, ...] = ()
    changed: tuple[ModuleName, ...] = ()
    newly_broken: tuple[BrokenItem, ...] = ()
    mended: tuple[ModuleName, ...] = ()


def compare(before: CatalogSnapshot, after: CatalogSnapshot) -> CatalogChange:
    """Tell what is different in the later copy."""
    old, new = {each.name: each for each in before.modules}, {each.name: each for each in after.modules}
    was_broken, is_broken = ({each.name: each for each in copy.broken} for copy in (before, after))
    return CatalogChange(
        modules=len(new),
        broken=len(after.broken),
        new=tuple(name for name in new if name not in old and name not in was_broken),
        gone=tuple(name for name in [*old, *was_broken] if name not in new and name not in is_broken),
        changed=tuple(name for name, module in new.items() if name in old and old[name] != module),
        newly_broken=tuple(item for item in after.broken if item.name not in was_broken),
        mended=tuple(name for name in was_broken if name in new and name not in is_broken),
    )
