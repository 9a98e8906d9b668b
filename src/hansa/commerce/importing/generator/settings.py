"""How much the generator makes up beside the data, by scale. The same seed makes the same world."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hansa.commerce.importing.generator.reviews import Shares


@dataclass(frozen=True)
class Volumes:
    """Shares are of what could be; weeks count back from the end of the data.

    Of the visits to a shop (visitors with a product view, once a day) about 5 % end with a purchase at the
    small scale and 9 % at the full one; shops report 2 to 4 %. Going there would take twice the rows, and
    behaviour is already the largest table of the small scale. A merchant's own share is higher, since a purchase is
    of five merchants' goods while such a visit looks at one or two goods.
    """

    reviews: Shares = field(default_factory=Shares)
    behaviour_weeks: int = 6
    parcel_weeks: int = 3
    sent_share: float = 0.6  # of recent purchases at home: the others were collected at the outlet
    due_share: float = 0.4  # of those of `DUE_DAYS`: promised for the days since, waiting for a tour
    open_share: float = 0.75  # of the purchases of the last two days: paid, not yet on their way
    follows_a_person: float = 2.0
    seen_a_session: int = 8  # listings shown in passing before a purchase
    visits_a_purchase: int = 20  # that end without one, in the same week
    shown_a_visit: int = 5  # listings shown on such a visit


SMALL = Volumes()
FULL = Volumes(
    reviews=Shares(reviewed=0.015),
    behaviour_weeks=2,
    parcel_weeks=2,
    open_share=0.15,
    due_share=0.05,
    seen_a_session=5,
    visits_a_purchase=10,
    shown_a_visit=4,
)
OPEN_DAYS = 2  # the last days of the data, whose parcels are promised for the days after today
DUE_DAYS = 3  # the days before those


@dataclass(frozen=True)
class Setting:
    """The seed, the volumes, and the two moments that everything made up lies between."""

    seed: int
    volumes: Volumes
    data_ends: datetime  # midnight after the last day of the data
    today: datetime  # midnight at the beginning of the day the import takes for today; never before data_ends

    @property
    def stocked_at(self) -> datetime:
        """When the centres got their opening stock: before the first waiting parcel can leave."""
        return self.data_ends - timedelta(days=OPEN_DAYS + DUE_DAYS + 1)
