"""What every operation of the API keeps: it is declared, described, and named once."""

from __future__ import annotations

from typing import Any

from hansa.commerce.accounts.access import Access, Audience, Scope
from hansa.config.access import ACCESS
from hansa.config.api import api

SCHEMA: dict[str, Any] = api.get_openapi_schema(path_prefix="")


def operations() -> dict[str, Any]:
    return {
        f"{method.upper()} /{path.lstrip('/')}": each
        for path, item in SCHEMA["paths"].items()
        for method, each in item.items()
    }


def test_every_operation_is_declared_and_every_declaration_has_its_operation() -> None:
    assert set(operations()) - set(ACCESS) == set(), "declare it in config/access.py: nobody may call it yet"
    assert set(ACCESS) - set(operations()) == set()


def test_what_is_not_for_shoppers_names_the_permission_or_leaves_it_to_its_service() -> None:
    by_row = {
        key for key, each in ACCESS.items() if each.audience is not Audience.STORE and not each.permission
    }

    assert {key for key in by_row if "{" not in key} == set()


def test_every_operation_says_what_it_does_and_how_it_refuses() -> None:
    bare = {
        key
        for key, each in operations().items()
        if not each.get("description") or "429" not in each["responses"] or not each.get("tags")
    }

    assert bare == set()


def test_every_operation_has_a_name_of_its_own_and_a_known_tag() -> None:
    names = [each["operationId"] for each in operations().values()]

    assert sorted(names) == sorted(set(names))
    assert {tag for each in operations().values() for tag in each["tags"]} <= {
        tag["name"] for tag in SCHEMA["tags"]
    }


def test_only_what_is_open_lacks_a_security_scheme() -> None:
    nameless = {key for key, each in operations().items() if not each.get("security")}

    assert nameless == {key for key, each in ACCESS.items() if each.is_open}


def test_reading_and_writing_have_scopes_apart() -> None:
    wrong = {
        key: each.scope
        for key, each in ACCESS.items()
        if each.scope is not None and not each.scope.endswith(":write") and not key.startswith("GET ")
    }

    assert wrong == {}


def test_a_declaration_without_scope_is_for_callers_whose_key_is_not_narrowed() -> None:
    assert Access(Audience.STORE).scope is None
    assert None not in set(Scope)
