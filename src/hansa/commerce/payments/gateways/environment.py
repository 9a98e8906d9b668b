"""The keys of a provider, read from the environment."""

from __future__ import annotations

import os

from hansa.kernel.errors import Refused


def keys_of(house: str, **variables: str) -> dict[str, str]:
    """What the environment says, by the names given; refuses, naming it, a variable that is missing."""
    try:
        return {key: os.environ[variable] for key, variable in variables.items()}
    except KeyError as missing:
        raise Refused(f"{house} is not set up: {missing.args[0]} is missing") from None
