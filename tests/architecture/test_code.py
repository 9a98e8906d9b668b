"""What every part of the code keeps, wherever it stands: errors, tenants, events, migrations."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.db.models import Model
from django.utils import translation

import hansa
from hansa.commerce.accounts.models import Platform
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import invariants
from hansa.foundation.http_errors import status_of
from hansa.foundation.outbox import DomainEvent
from hansa.foundation.tenancy import AppendOnlyModel, TenantModel, append_only_models, tenant_models
from hansa.kernel.errors import HansaError

Kind = TypeVar("Kind")
SOURCE = Path(hansa.__file__).parent
# Started as programs: importing them would do their work.
PROGRAMS = {"hansa.foundation.processes.watcher", "hansa.foundation.postgres.keeper", "hansa.config.wsgi"}
# A platform of theirs is a fact about them, not whose row it is: they are shared by the alliance.
SHARED = {"Invitation", "Membership", "Member"}


def everything() -> None:
    """Import every module, so that every class is known."""
    for module in pkgutil.walk_packages([str(SOURCE)], "hansa."):
        if module.name not in PROGRAMS:
            importlib.import_module(module.name)


def below(kind: type[Kind]) -> list[type[Kind]]:
    children: list[type[Kind]] = kind.__subclasses__()
    return [each for child in children for each in (child, *below(child))]


def tables(models: Iterable[type[Model]]) -> set[type[Model]]:
    """Those of the models that have a table of their own."""
    return {model for model in models if not model._meta.abstract}


def our_models() -> list[type]:
    return [model for model in apps.get_models() if model.__module__.startswith("hansa.")]


def test_every_refusal_has_a_code_and_a_status_of_its_own() -> None:
    everything()
    refusals = [kind for kind in below(HansaError) if kind.__module__.startswith("hansa.")]

    codes = Counter(kind.code for kind in refusals)
    assert [code for code, count in codes.items() if count > 1] == []
    assert [kind.__name__ for kind in refusals if "code" not in vars(kind)] == []
    kinds = HansaError.__subclasses__()
    assert {status_of(kind("")) for kind in kinds} == {403, 404, 409, 422, 500, 503}
    assert [kind.__name__ for kind in refusals if not issubclass(kind, tuple(kinds))] == []


def test_every_event_has_a_name_of_its_own() -> None:
    everything()

    names = Counter(event.__name__ for event in below(DomainEvent))

    assert [name for name, count in names.items() if count > 1] == []


def test_every_consumer_has_a_name_of_its_own_and_hears_something() -> None:
    names = Counter(subscription.consumer for subscription in SUBSCRIPTIONS)

    assert [name for name, count in names.items() if count > 1] == []
    assert [each.consumer for each in SUBSCRIPTIONS if not each.kinds] == []


def test_every_promise_has_a_name_of_its_own() -> None:
    names = Counter(each.name for each in invariants.all_invariants())

    assert [name for name, count in names.items() if count > 1] == []


def test_every_row_of_one_platform_stands_behind_its_wall() -> None:
    walled = {model.__name__ for model in tenant_models()}
    of_one_platform = {
        model.__name__
        for model in our_models()
        for field in model._meta.get_fields()  # type: ignore[attr-defined]
        if field.name == "platform" and field.related_model is Platform
    }

    assert of_one_platform - SHARED == walled
    assert [
        model for model in tenant_models() if model._meta.get_field("platform").column != "platform_id"
    ] == []


def test_what_is_written_once_is_sealed_and_what_is_walled_is_walled() -> None:
    everything()

    assert tables(below(TenantModel)) == set(tenant_models())
    assert tables(below(AppendOnlyModel)) == set(append_only_models())


def test_the_migrations_make_the_tables_that_the_models_describe() -> None:
    loader = MigrationLoader(None)
    labels = {config.label for config in apps.get_app_configs() if config.name.startswith("hansa.")}
    detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps))

    with translation.override("en"):  # names of Django's own fields are in the reader's language
        changes = detector.changes(graph=loader.graph)

    missing = {label: found for label, found in changes.items() if label in labels}
    assert missing == {}, "run: django-admin makemigrations"
    assert loader.detect_conflicts() == {}


def test_business_rules_do_not_hide_in_signals() -> None:
    hidden = ("django.dispatch", "django.db.models.signals", "django.core.signals")

    found = []
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [f"{path.name}: {module}" for module in modules if module.startswith(hidden)]

    assert found == []
