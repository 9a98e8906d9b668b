"""The ids of an axis, each with its place; what lies along the axis is the owner's matter."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from hansa.engines.recommend._problem import Id, Indices
from hansa.kernel.errors import InvalidInput


class Axis:
    """Ids in order; new ones are put at the end."""

    def __init__(self, ids: Sequence[Id]) -> None:
        self.ids = list(ids)
        self._place = {one: place for place, one in enumerate(self.ids)}

    def __len__(self) -> int:
        return len(self.ids)

    def find(self, one: Id) -> int | None:
        """Return the place of an id, or None when it was never seen."""
        try:
            return self._place.get(one)
        except TypeError:  # not hashable, so it was never an id
            return None

    def known(self, ids: Collection[Id]) -> Indices:
        """Return the places of those ids that were seen."""
        found = (self.find(one) for one in ids)
        return np.asarray([place for place in found if place is not None], dtype=np.int64)

    def add(self, one: Id) -> int:
        """Put one more id at the end and return its place."""
        self._place[one] = len(self.ids)
        self.ids.append(one)
        return len(self.ids) - 1


def check_hashable(one: Id) -> None:
    """Refuse what cannot be an id."""
    try:
        hash(one)
    except TypeError as unhashable:
        raise InvalidInput(f"{one!r} cannot be an id: it is not hashable") from unhashable
