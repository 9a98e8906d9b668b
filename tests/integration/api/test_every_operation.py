"""Every operation of the API under made-up input, in process: no fault of ours, answers as described, no door left open.

`HANSA_API_CASES=50` looks longer. Merchants and goods that are named exist; other rows that a call names mostly do not,
so what is asked for a success here is every read that names no other row.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.test import override_settings
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_schema_conformance,
    status_code_conformance,
)

from hansa.commerce.accounts import services as accounts
from hansa.commerce.accounts.models import Membership, User
from hansa.config.access import ACCESS
from tests.factories import Shop, a_listing, a_merchant, a_shop
from tests.integration.conftest import _empty

CASES = int(os.environ.get("HANSA_API_CASES", "3"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    ignored_auth,
]
SCHEMA = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
OPERATIONS = {
    f"{each.ok().method.upper()} {each.ok().path}": each.ok() for each in SCHEMA.get_all_operations()
}


# Rows that exist: with them a read has to reach a success.
KNOWN: dict[str, int] = {}


@pytest.fixture(scope="module")
def caller(database_url: str) -> Iterator[dict[str, str]]:
    """Somebody who shops, works for a merchant and runs a platform: every door opens as far as its rows are theirs."""
    shop: Shop = a_shop(stock={"tea": 100}, prices={"tea": 500})
    other, _ = a_merchant(shop.platform, "cy")
    a_listing(shop.platform, other, shop.centre, "ink", price=300, stock=50)
    user = User.objects.get(pk=shop.owner.user_id)
    Membership.objects.create(user=user, role=Membership.Role.OPERATOR, platform=shop.platform)
    User.objects.filter(pk=user.pk).update(home_platform=shop.platform)
    token = accounts.issue_token(user=user, name="every operation", now=datetime.now(UTC))
    KNOWN.update(merchant_id=shop.merchant.pk, listing_id=shop.listings["tea"].pk, user_id=user.pk)
    with override_settings(API_LIMITS=False):
        yield {"Authorization": f"Bearer {token}"}
    _empty()


def test_the_schema_lists_every_declared_operation() -> None:
    assert {key.replace("/api/v1", "") for key in OPERATIONS} == set(ACCESS)


@pytest.mark.parametrize("key", sorted(OPERATIONS))
def test_made_up_input_meets_no_fault_of_ours(key: str, caller: dict[str, str]) -> None:
    operation = OPERATIONS[key]
    is_open = ACCESS[key.replace("/api/v1", "")].is_open

    @seed(20_261_123)
    @settings(
        max_examples=CASES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def run(case: Any) -> None:
        parameters = case.path_parameters or {}
        case.path_parameters = parameters | {name: KNOWN[name] for name in parameters.keys() & KNOWN.keys()}
        response = case.call(headers={} if is_open else caller)
        case.validate_response(response, checks=CHECKS, headers={} if is_open else caller)

    run()


@pytest.mark.parametrize("key", sorted(key for key in OPERATIONS if key.startswith("GET ")))
def test_a_read_that_names_no_missing_row_reaches_a_success(key: str, caller: dict[str, str]) -> None:
    names = set(re.findall(r"{(\w+)}", key))
    if names - KNOWN.keys():
        pytest.skip("names a row that is not there")
    operation = OPERATIONS[key]
    case = operation.Case(path_parameters={name: KNOWN[name] for name in names}, query={"platform": "trave"})

    response = case.call(headers=caller)

    case.validate_response(response, checks=CHECKS, headers=caller)
    assert response.status_code == 200, response.text
