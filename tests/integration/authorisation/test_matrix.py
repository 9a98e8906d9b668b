"""Operation by role by whose rows: what is refused tells nothing of others and changes nothing.

Generated from `config/access.py` and the policy. Each call runs on the same committed world and is undone after it; that
a refused one wrote nothing is PostgreSQL's word: the transaction has no id, or every table reads as before.
"""

from __future__ import annotations

import itertools
import logging
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client, override_settings

from hansa.commerce.accounts import services as accounts
from hansa.commerce.accounts.access import Audience, Scope
from hansa.commerce.accounts.models import Membership
from hansa.commerce.accounts.policy import GRANTED, Role
from hansa.config.access import ACCESS
from hansa.foundation import tenancy
from tests.factories import a_person, a_shopper, user_of
from tests.integration.api.calls import ASKS, call, path_of
from tests.integration.api.world import NOBODY, House, a_house
from tests.integration.conftest import _empty

NARROWED = Scope.STOCK_READ
COUNTS: Counter[str] = Counter()
# Rows that anybody of the alliance may name: the shop's own shelves, and what people put in public.
PUBLIC = {
    "listing_id",
    "category_id",
    "brand_id",
    "handle",
    "token",
    "kind",
    "contribution_id",
    "question_id",
    "together_id",
    "buying_group_id",
}
ALLIANCE = {"category_id", "brand_id"}  # one for all platforms: whoever runs one of them keeps it
# May name a stranger: any merchant of one's platform can be followed, and muted.
STRANGERS = re.compile(r"^PUT /(following/merchants|mutes)/")
# Read by whoever comes: a shop front's own words are no leak.
SHOWN = re.compile(
    r"^\w+ /(platforms|products|merchants/{merchant_id}/score|wishlists/shared|recommendations)"
)
ROLES = ("guest", "stranger", "shopper", "clerk", "owner", "operator", "steward", "key")


class Scene:
    """Two houses of different platforms, and a caller in each role at home in the first."""

    def __init__(self) -> None:
        self.own, self.foreign = a_house("trave", "zorn"), a_house("gotland", "quax")
        steward = a_person("steward")
        Membership.objects.create(user=steward, role=Membership.Role.STEWARD)
        self.users = {
            name: user_of(self.own.people[name])
            for name in ("shopper", "clerk", "owner", "operator", "rival")
        } | {"steward": steward, "stranger": user_of(a_shopper("stray"))}
        self.secret = accounts.issue_token(
            user=self.users["owner"],
            name="narrow",
            now=datetime.now(UTC),
            scopes=[NARROWED],
        )
        self.prints = fingerprint()

    def browser(self, role: str) -> Client:
        browser = Client(headers={"Authorization": f"Bearer {self.secret}"} if role == "key" else None)
        if role in self.users:
            browser.force_login(self.users[role])
        return browser


@pytest.fixture(scope="module")
def scene(database_url: str) -> Iterator[Scene]:
    logging.disable(logging.WARNING)  # every refusal would be a line
    with override_settings(API_LIMITS=False, WEBHOOKS_TO_PRIVATE=True):
        yield Scene()
    logging.disable(logging.NOTSET)
    print(f"\nauthorisation matrix: {dict(COUNTS)}")
    _empty()


def fingerprint() -> dict[str, str]:
    """Every table of ours as one hash; what notes that somebody came is left out."""
    left_out = {"django_session", "accounts_apitoken", "accounts_user"}
    tables = sorted(model._meta.db_table for model in apps.get_models() if model._meta.managed)
    with tenancy.as_alliance(), connection.cursor() as cursor:
        cursor.execute(
            " union all ".join(
                f"(select '{table}', coalesce(md5(string_agg(t::text, '' order by t::text)), '') from {table} t)"
                for table in tables
                if table not in left_out
            )
        )
        return dict(cursor.fetchall())


def holds(role: str, key: str) -> bool:
    """Whether the policy lets the role have the operation at its own place."""
    access = ACCESS[key]
    if access.is_open or role == "guest":
        return access.is_open
    if access.permission is None:
        return role != "key" or access.scope is NARROWED  # the row decides
    if role == "key":  # its owner's, narrowed
        return access.scope is NARROWED and holds("owner", key)
    names = {"owner": Role.MERCHANT, "clerk": Role.CLERK, "operator": Role.OPERATOR, "steward": Role.STEWARD}
    return names.get(role) in GRANTED[access.permission]


def paths(key: str, own: House, other: dict[str, Any]) -> list[str]:
    """The operation's address with every mixture of own and other rows in which at least one is another's."""
    names = re.findall(r"{(\w+)}", key)
    found = []
    for chosen in itertools.product((False, True), repeat=len(names)):
        if not any(chosen):
            continue
        path = key.split(" ")[1]
        for name, is_other in zip(names, chosen, strict=True):
            row = ASKS[key].rows.get(name, name)
            value = (other if is_other else own.ids).get(row, row)
            path = path.replace("{" + name + "}", str(value))
        found.append(path)
    return sorted(set(found) - {path_of(key, own.ids)})  # what is no row, such as a role, is the same for all


def made(scene: Scene, role: str, key: str, house: House, path: str = "") -> tuple[HttpResponse, bool]:
    """Call and undo; answers also whether anything was written."""
    browser = scene.browser(role)
    with transaction.atomic():
        answer = call(browser, key, house, path=path)
        with connection.cursor() as cursor:
            cursor.execute("select pg_current_xact_id_if_assigned() is not null")
            touched = cursor.fetchone()[0]
        changed = bool(touched) and fingerprint() != scene.prints
        transaction.set_rollback(True)
    COUNTS["calls"] += 1
    return answer, changed


def nothing_happened(scene: Scene, role: str, key: str, house: House, path: str = "") -> None:
    answer, changed = made(scene, role, key, house, path)
    said = answer.content.decode(errors="replace")
    was_so = said == '{"changed": false}' or (key.startswith("DELETE ") and said == "")  # nothing was there
    refused = answer.status_code in {401, 403, 404, 409, 422}
    assert refused or was_so, f"{role} {key} {path}: {answer.status_code} {said}"
    assert not changed, f"{role} {key} {path} changed something"
    assert scene.foreign.word not in said, f"{role} {key} {path} tells of others: {said}"
    COUNTS["refused"] += 1


@pytest.mark.parametrize("key", sorted(ACCESS))
def test_a_role_that_the_policy_does_not_name_is_refused_at_its_own_rows(key: str, scene: Scene) -> None:
    for role in ROLES:
        if not holds(role, key):
            nothing_happened(scene, role, key, scene.own)


@pytest.mark.parametrize("key", sorted(key for key in ACCESS if "{" not in key))
def test_whoever_runs_one_platform_is_refused_at_another(key: str, scene: Scene) -> None:
    if ACCESS[key].audience is not Audience.ADMIN:
        return
    for role in ROLES:
        nothing_happened(scene, role, key, scene.foreign)


@pytest.mark.parametrize("key", sorted(key for key in ACCESS if key.startswith("GET ")))
def test_an_own_list_holds_nothing_of_others(key: str, scene: Scene) -> None:
    if SHOWN.match(key) or ASKS[key].who == "guest":
        return
    answer, _ = made(scene, ASKS[key].who, key, scene.own)

    assert answer.status_code == 200
    if not re.match(r"GET /(categories|brands|attributes)/", key):  # the alliance's own, the same for all
        assert scene.foreign.word not in answer.content.decode(errors="replace")
    COUNTS["own lists"] += 1


@pytest.mark.parametrize("key", sorted(key for key in ACCESS if "{" in key))
def test_rows_of_others_and_of_nobody_are_refused_nested_ones_too(key: str, scene: Scene) -> None:
    names = {ASKS[key].rows.get(name, name) for name in re.findall(r"{(\w+)}", key)}
    if names <= ALLIANCE or (ACCESS[key].audience is Audience.STORE and names <= PUBLIC):
        return
    nobody = dict.fromkeys(scene.own.ids, NOBODY)
    for role in ROLES:
        for path in paths(key, scene.own, scene.foreign.ids):
            if not SHOWN.match(key) and not STRANGERS.match(key):
                nothing_happened(scene, role, key, scene.own, path)
                nothing_happened(scene, role, key, scene.foreign, path)
        if not key.startswith("GET /merchants/{merchant_id}/score"):
            for path in paths(key, scene.own, nobody):
                nothing_happened(scene, role, key, scene.own, path)


SHARED = {"product_id"}  # rivals may sell the same article, and ask for what is said of it to change


@pytest.mark.parametrize("key", sorted(key for key in ACCESS if ACCESS[key].audience is Audience.MERCHANT))
def test_a_rival_on_the_same_platform_reaches_no_row_of_another_merchant(key: str, scene: Scene) -> None:
    """Between merchants of one platform stands no wall of the database: their own id with another's row is tried too."""
    names = set(re.findall(r"{(\w+)}", key))
    tried = [path_of(key, scene.own.ids)]
    if "merchant_id" in names and names - {"merchant_id"} - SHARED:
        tried.append(path_of(key, scene.own.ids | {"merchant_id": scene.own.ids["rival_id"]}))
    for path in tried:
        answer, changed = made(scene, "rival", key, scene.own, path)
        was_so = answer.content == b'{"changed": false}'  # somebody else's clerk was never the rival's
        assert answer.status_code in {403, 404} or was_so, (
            f"{key} {path}: {answer.status_code} {answer.content!r}"
        )
        assert not changed, f"{key} {path} changed something"
        COUNTS["rival refused"] += 1


def test_all_those_calls_together_changed_nothing(scene: Scene) -> None:
    assert fingerprint() == scene.prints
    assert COUNTS["refused"] > 1_000
