"""Artwork for goods and merchants: deterministic SVG from a category or a name, so that no photograph is shipped.

Leaves to the templates where it stands and to ``css/goods.css`` how its grounds look by night.
"""

from hansa.web.art.arms import brand_art
from hansa.web.art.goods import product_art

__all__ = ["brand_art", "product_art"]
