"""A person's address book."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from hansa.commerce.accounts.models import Address, User
from hansa.kernel.errors import InvalidInput, NotFound, Refused

MOST = 20


@dataclass(frozen=True)
class Place:
    """Where parcels go, as it is written on them, and where that is."""

    recipient: str
    street: str
    city: str
    postal_code: str
    country: str
    latitude: float
    longitude: float


@transaction.atomic
def add(*, user_id: int, place: Place) -> Address:
    """Write an address into the book; refuses more than twenty."""
    User.objects.select_for_update().get(pk=user_id)  # so that two at once do not both find room
    if Address.objects.filter(user_id=user_id).count() >= MOST:
        raise Refused(f"an address book holds {MOST} addresses; remove one first")
    address = Address(user_id=user_id, **asdict(place))
    _check(address)
    address.save(force_insert=True)
    return address


def get(*, user_id: int, address_id: int) -> Address:
    """One address of a person's book; anybody else's is as if it did not exist."""
    return _own(Address.objects.all(), user_id, address_id)


@transaction.atomic
def change(*, user_id: int, address_id: int, place: Place) -> Address:
    """Write an address of the book anew; purchases keep the one they were sent to."""
    address = _own(Address.objects.select_for_update(), user_id, address_id)
    fields = asdict(place)
    for name, value in fields.items():
        setattr(address, name, value)
    _check(address)
    address.save(update_fields=list(fields))
    return address


@transaction.atomic
def remove(*, user_id: int, address_id: int) -> None:
    """Take an address out of the book; one that is not there is refused."""
    removed, _ = Address.objects.filter(pk=address_id, user_id=user_id).delete()
    if not removed:
        raise NotFound(f"there is no address {address_id} in your book")


def _own(book: QuerySet[Address], user_id: int, address_id: int) -> Address:
    found = book.filter(pk=address_id, user_id=user_id).first()
    if found is None:
        raise NotFound(f"there is no address {address_id} in your book")
    return found


def _check(address: Address) -> None:
    try:
        address.full_clean()
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages)) from error
