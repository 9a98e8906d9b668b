"""What the command line says of a database that was never filled, and how its first operator comes in."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from hansa.foundation import postgres


@pytest.fixture
def empty_url() -> Iterator[str]:
    with postgres.throwaway() as url:
        yield str(url)


def hansa(url: str, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "hansa.cli.main", *words]
    environ = {**os.environ, "DATABASE_URL": url}
    return subprocess.run(argv, env=environ, input=typed, capture_output=True, text=True, check=False)


def in_sql(url: str, statement: str) -> str:
    return hansa(url, "database", "psql", "-At", "-c", statement).stdout.strip()


def test_a_database_is_checked_filled_and_given_its_first_operator(empty_url: str) -> None:
    empty = hansa(empty_url, "check")
    nowhere = hansa(empty_url, "database", "appoint", "olga", "--platform", "lynx")
    in_sql(
        empty_url,
        "insert into accounts_platform (code, name, name_zh, currency, commission_bp, accent, latitude, longitude)"
        " values ('lynx', 'Lynx', '猞猁', 'EUR', 1000, '#9c2f2f', 53.9, 10.7)",
    )
    weak = hansa(empty_url, "database", "appoint", "olga", "--platform", "lynx", typed="1234\n")
    words = ("database", "appoint", "olga", "--platform", "lynx", "--json")
    first = hansa(empty_url, *words, typed="amber under birch 7\n")
    again = hansa(empty_url, *words)
    filled = hansa(empty_url, "check", "--json")

    assert (empty.returncode, empty.stdout) == (1, "")
    assert " ".join(empty.stderr.split()) == (
        "hansa: the database holds no Hansa tables yet; `hansa import` or `hansa demo` makes them and brings data in"
    )
    assert (nowhere.returncode, "there is no platform 'lynx'" in nowhere.stderr) == (1, True)
    assert (weak.returncode, "too short" in weak.stderr) == (1, True)
    assert first.returncode == 0, first.stderr
    told = {"person": "olga", "role": "operator", "platform": "lynx"}
    assert json.loads(first.stdout) == {**told, "new": True, "changed": True}
    assert json.loads(again.stdout) == {**told, "new": False, "changed": False}
    assert in_sql(empty_url, "select actor, person, role, is_given from accounts_rolechange") == (
        "system|olga|operator|t"
    )
    assert json.loads(filled.stdout)["broken"] == {}


def test_tables_of_an_older_hansa_are_told_by_name(empty_url: str) -> None:
    hansa(empty_url, "database", "appoint", "sigrid", typed="amber under birch 7\n")
    in_sql(empty_url, "drop table accounts_rolechange")

    answer = hansa(empty_url, "check")

    assert answer.returncode == 1
    assert "the database lacks tables of this Hansa (accounts_rolechange)" in " ".join(answer.stderr.split())
    assert "Traceback" not in answer.stderr
