"""What the serving recommender learnt of goods, as vectors: for whoever classes goods by taste."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hansa.commerce.recommendations import adapters
from hansa.commerce.recommendations.models import RecommenderModel
from hansa.kernel.errors import InvalidInput, Refused, Unavailable


def of_offers(*, platform_id: int, offer_ids: Sequence[int]) -> NDArray[np.float64] | None:
    """Vectors of offers (axis: the offers given); zeros for what nobody touched, None without a recommender."""
    row = RecommenderModel.objects.filter(platform_id=platform_id, is_serving=True).first()
    if row is None:
        return None
    try:
        model = adapters.load(bytes(row.arrays), row.meta)
        found = [model.item_vector(offer_id) for offer_id in offer_ids]
    except (
        InvalidInput,
        Refused,
        Unavailable,
    ):  # of another version, or fitted without factors: nothing to go by
        return None
    return np.asarray(found, dtype=np.float64).reshape(len(offer_ids), -1)
