"""Kinds of values that the API's doors take in, with the bounds that keep them sane."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from ninja import Field
from pydantic import AwareDatetime

# A moment with its zone; outside these years it is a slip of the pen, and PostgreSQL's text of it is not Python's.
Moment = Annotated[
    AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), le=datetime(2200, 1, 1, tzinfo=UTC))
]
Amount = Annotated[int, Field(ge=0, le=10**12)]  # minor units
Price = Annotated[int, Field(ge=1, le=10**12)]  # minor units
