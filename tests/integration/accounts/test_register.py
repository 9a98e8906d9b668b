"""The register against every table it names: a copy shows a row of each, and being forgotten does what each says."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connections, models, transaction
from django.db.models import Q

from hansa.commerce.accounts.models import Membership, User
from hansa.commerce.accounts.selectors import actor_of
from hansa.commerce.ledger.models import LedgerEntry
from hansa.commerce.privacy import forgetting, selectors
from hansa.commerce.privacy import services as privacy
from hansa.commerce.privacy.register import HOLDINGS, Fate, Holding, Person
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import invariants, outbox, tenancy
from hansa.foundation.database_roles import OWNER
from tests.factories import NOON, a_shop
from tests.integration.accounts.people import an_account
from tests.integration.payouts.scene import deliver

pytestmark = pytest.mark.usefixtures("database")
WORD = "kestrel"
NOBODY = Person(0, (), ())

# What a table's own checks ask for beside what its types say.
FITTING: dict[str, dict[str, Any]] = {
    "accounts.Consent": {"purpose": "marketing_mail"},
    "accounts.Membership": {"role": "steward"},
    "accounts.Invitation": {"role": "steward"},
    "reviews.Review": {"stars": 5, "unhelpful": 1},
    "promotions.BuyingGroup": {"needed": 2},
    "behaviour.ForgottenSpan": {"since": NOON - timedelta(days=1)},
    "promotions.Promotion": {"kind": "percent", "percent_bp": 500, "ends_at": NOON + timedelta(days=1)},
    "reviews.Vote": {"review_id": 1},
    "reviews.Report": {"review_id": 1},
    "reviews.Ruling": {"review_id": 1},
    "ucp.Session": {"cart_key": WORD},
    "wishlists.Wishlist": {"is_first": True, "visitor": ""},
}


def a_person_in_every_table() -> tuple[User, Person]:
    """Somebody with a purchase that arrived and a row in each table of the register; what no purchase makes is planted."""
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})
    user = an_account("wren")
    user.home_platform = shop.platform
    user.save(update_fields=["home_platform"])
    deliver(shop, shop.buy(actor_of(user), [("tea", 2)]))
    outbox.drain(SUBSCRIPTIONS)
    with tenancy.as_alliance():
        person = forgetting.person_of(user)
    with _no_triggers():
        for holding in HOLDINGS:
            if not holding.rows(person).using(OWNER).exists():
                _plant(holding, person)
    return user, person


@contextmanager
def _no_triggers() -> Iterator[None]:
    """Rows are planted as they are: what the database itself does about them is tested elsewhere."""
    tables = sorted({model._meta.db_table for model in apps.get_models()})
    with connections[OWNER].cursor() as cursor:
        for table in tables:
            cursor.execute(f"alter table {table} disable trigger user")
        try:
            yield
        finally:
            for table in tables:
                cursor.execute(f"alter table {table} enable trigger user")


def _plant(holding: Holding, person: Person) -> None:
    """A new row; where the table takes no second one, the first becomes this person's as well."""
    model = apps.get_model(holding.model)
    asked = dict(_asked(holding.whose(person)))
    try:
        with transaction.atomic(using=OWNER):
            _insert(model, asked, person)
    except IntegrityError:
        first = model._base_manager.using(OWNER).order_by("pk").first()
        if first is None:
            raise
        columns: dict[str, Any] = {}
        for lookup, value in asked.items():
            columns |= _as_columns(model, lookup, value, person)
        model._base_manager.using(OWNER).filter(pk=first.pk).update(**columns)


def _asked(condition: Q) -> Iterator[tuple[str, Any]]:
    """What a row must be for the condition to hold; of alternatives, the first."""
    for each in condition.children[: 1 if condition.connector == Q.OR else None]:
        if isinstance(each, Q):
            yield from _asked(each)
        else:
            yield each


def _insert(model: type[models.Model], asked: dict[str, Any], person: Person) -> models.Model:
    values = dict(FITTING.get(model._meta.label, {}))
    for lookup, value in asked.items():
        values |= _as_columns(model, lookup, value, person)
    for field in model._meta.concrete_fields:
        is_made = isinstance(field, models.GeneratedField) or (field.primary_key and not field.is_relation)
        if not is_made and field.attname not in values:
            values[field.attname] = _value(field)
    return model._base_manager.using(OWNER).create(**values)


def _value(field: models.Field[Any, Any]) -> Any:
    if field.has_default() or field.null:
        return field.get_default() if field.has_default() else None
    if field.is_relation:
        related = field.related_model
        assert isinstance(related, type)
        found = related._base_manager.using(OWNER).order_by("pk").first()
        return (found or _insert(related, {}, NOBODY)).pk
    if field.choices:
        return field.choices[0][0]  # type: ignore[index]  # a list of pairs
    match field:
        case models.JSONField():
            return {}
        case models.BooleanField():
            return False
        case models.DateTimeField():
            return NOON
        case models.DateField():
            return NOON.date()
        case models.BinaryField():
            return b"\x00"
        case models.GenericIPAddressField():
            return "127.0.0.1"
        case models.CharField():
            return WORD[: field.max_length or 7]
        case models.TextField():
            return WORD
    return 1


def _as_columns(model: type[models.Model], lookup: str, value: Any, person: Person) -> dict[str, Any]:
    """The columns of a row that make `lookup` hold; a row that it leads to is found or planted."""
    name, _, rest = lookup.partition("__")
    if name == "pk":
        return {model._meta.pk.attname: value}  # type: ignore[union-attr]  # every model has one
    field = model._meta.get_field(name)
    assert isinstance(field, models.Field)
    match rest:
        case "":
            return {field.attname: value}
        case "in":
            return {field.attname: next(iter(value))}
        case "isnull":
            return {field.attname: None if value else _made_up(field)}
        case "endswith":
            return {field.attname: f"planted{value}"}
    if isinstance(field, models.JSONField):
        return {field.attname: {rest: value}}
    related = field.related_model
    assert isinstance(related, type)
    found = related._base_manager.using(OWNER).filter(**{rest: value}).first()
    return {field.attname: (found or _insert(related, {rest: value}, person)).pk}


def _made_up(field: models.Field[Any, Any]) -> Any:
    return NOON if isinstance(field, models.DateTimeField) else 1


def tables_of(user: User) -> dict[str, list[dict[str, Any]]]:
    """What a copy of somebody's data shows of each holding."""
    export = privacy.request_export(user_id=user.pk, now=NOON)
    privacy.make_export(export_id=export.pk, now=NOON)
    packed = selectors.get_archive(user_id=user.pk, token=export.token, now=NOON)
    tables: dict[str, list[dict[str, Any]]] = json.loads(
        zipfile.ZipFile(io.BytesIO(packed)).read("my-data.json")
    )["tables"]
    return tables


def broken() -> set[str]:
    return {found.invariant.name for found in invariants.check() if not found.holds}


def test_a_copy_shows_a_row_of_every_table_of_the_register() -> None:
    user, person = a_person_in_every_table()
    with connections[OWNER].cursor() as cursor:
        cursor.execute("delete from privacy_export")  # the planted one is in the making for ever

    tables = tables_of(user)

    assert {name for name, rows in tables.items() if not rows} == set()
    assert len(tables) == len({(each.model, each.title) for each in HOLDINGS})
    assert person.pseudonym not in json.dumps(tables)


def test_being_forgotten_does_to_every_table_what_the_register_says_and_leaves_the_books() -> None:
    user, person = a_person_in_every_table()
    Membership.objects.filter(user=user).delete()  # who works here gives that up first
    held = [each for each in HOLDINGS if each.model != "accounts.Membership"]
    with tenancy.as_alliance():
        books = list(LedgerEntry.objects.order_by("pk").values_list("account_id", "amount"))
        before = [set(each.rows(person).values_list("pk", flat=True)) for each in held]
    assert all(before)
    was_broken = broken()

    privacy.erase_person(user_id=user.pk, now=NOON)

    with tenancy.as_alliance():
        for holding, keys in zip(held, before, strict=True):
            left = apps.get_model(holding.model)._base_manager.filter(pk__in=keys)
            if holding.fate is Fate.DELETED:
                assert not left.exists(), holding.model
                continue
            assert set(left.values_list("pk", flat=True)) == keys, holding.model
            if callable(holding.fate):
                for column, blank in holding.fate(person).items():
                    now = list(left.values_list(column, flat=True))
                    assert now == [blank] * len(keys), (holding.model, column)
        assert list(LedgerEntry.objects.order_by("pk").values_list("account_id", "amount")) == books
    assert broken() <= was_broken  # planted rows fit nothing; nothing else broke
