"""How much the generator makes up beside the data, by scale. The same seed makes the same world."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from hansa.commerce.importing.generator.reviews import Shares


@dataclass(frozen=True)
class Volumes:
    """Shares are of what could be; weeks count back from the end of the data."""

    reviews: Shares = field(default_factory=Shares)
    behaviour_weeks: int = 6
    parcel_weeks: int = 3
    sent_share: float = 0.6  # of recent purchases: the others were collected at the outlet
    open_share: float = 0.75  # of the purchases of the last two days: paid, not yet on their way
    follows_a_person: float = 2.0
    seen_a_session: int = 8  # listings shown in passing


SMALL = Volumes()
FULL = Volumes(
    reviews=Shares(reviewed=0.015), behaviour_weeks=2, parcel_weeks=2, open_share=0.15, seen_a_session=5
)
OPEN_DAYS = 2


@dataclass(frozen=True)
class Setting:
    """The seed, the volumes, and the two moments that everything made up lies between."""

    seed: int
    volumes: Volumes
    data_ends: datetime  # midnight after the last day of the data
    today: datetime  # midnight at the beginning of the day the import takes for today; never before data_ends
