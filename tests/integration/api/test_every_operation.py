"""Every operation of the API under made-up input, in process: no fault of ours, answers as described, no door left open.

`HANSA_API_CASES=50` looks longer. The rows that paths name exist; `test_every_success` calls each for a success.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.test import override_settings
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_schema_conformance,
    status_code_conformance,
)

from hansa.commerce.accounts import services as accounts
from hansa.commerce.accounts.models import Membership, User
from hansa.config.access import ACCESS
from tests.factories import user_of
from tests.integration.api.world import a_house
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
    f"{operation.method.upper()} {operation.path}": operation
    for operation in (each.ok() for each in SCHEMA.get_all_operations() if isinstance(each, Ok))
}


KNOWN: dict[str, Any] = {}  # rows that exist, by the names of the paths


@pytest.fixture(scope="module")
def caller(database_url: str) -> Iterator[dict[str, str]]:
    """Somebody who shops, works for a merchant and runs a platform: every door opens as far as its rows are theirs."""
    with override_settings(WEBHOOKS_TO_PRIVATE=True):
        house = a_house("trave", "zorn")
    user = user_of(house.people["owner"])
    Membership.objects.create(user=user, role=Membership.Role.OPERATOR, platform=house.shop.platform)
    User.objects.filter(pk=user.pk).update(home_platform=house.shop.platform)
    token = accounts.issue_token(user=user, name="every operation", now=datetime.now(UTC))
    KNOWN.update(house.ids)
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
