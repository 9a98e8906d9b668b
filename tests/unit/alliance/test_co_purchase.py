"""Co-purchase by hand, on the embedded engine and, marked slow, on a real Spark: the same numbers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pyarrow as pa
import pytest

from hansa.alliance.jobs import co_purchase
from hansa.alliance.jobs.co_purchase import Params
from hansa.alliance.jobs.engines import DuckDBEngine, Engine, SparkEngine
from hansa.alliance.jobs.tables import PinnedTable, content_hash
from hansa.alliance.lake import tables
from hansa.alliance.lake.contracts import ORDER_LINES
from hansa.foundation.java import java_home
from hansa.kernel.errors import BrokenInvariant, InvalidInput
from tests.unit.alliance.lakes import NOON, Bought, a_lake

TEA, SALT, RYE, OIL = 1, 2, 3, 4
BOTH = (("trave", TEA), ("alster", SALT))


def params(**changes: object) -> Params:
    usual: dict[str, object] = {
        "members": ("alster", "trave"),
        "since": NOON,
        "until": NOON + timedelta(days=1),
        "least_buyers": 2,
        "least_members": 2,
    }
    return Params(**(usual | changes))  # type: ignore[arg-type]  # the tests pass what fits


def run(table: PinnedTable, chosen: Params, engine: Engine | None = None) -> pa.Table:
    return (engine or DuckDBEngine(threads=1)).run(
        lambda bound: co_purchase.expression(bound, chosen), [table], co_purchase.RESULT
    )


def pairs(result: pa.Table) -> list[tuple[int, ...]]:
    """Product, other, buyers, members, strength, rank."""
    return sorted(tuple(row.values()) for row in result.to_pylist())


def test_a_pair_is_counted_in_people_and_members(tmp_path: Path) -> None:
    # Person 1 buys tea at trave and salt at alster, person 2 both at trave, person 3 only tea: two people
    # bought both, tea has three buyers and salt two. Strength: 2 * 2 / (3 * 2) of a million, rounded down.
    table = a_lake(
        tmp_path,
        [
            ("trave", 1, TEA, 0),
            ("alster", 1, SALT, 1),
            ("trave", 2, TEA, 2),
            ("trave", 2, SALT, 3),
            ("trave", 3, TEA, 4),
        ],
    )

    result = run(table, params())

    assert pairs(result) == [(TEA, SALT, 2, 2, 666_666, 1), (SALT, TEA, 2, 2, 666_666, 1)]
    assert result.schema.equals(co_purchase.RESULT)


def test_a_pair_of_one_member_only_is_not_released(tmp_path: Path) -> None:
    table = a_lake(
        tmp_path, [("trave", person, product, 0) for person in (1, 2, 3) for product in (TEA, SALT)]
    )

    assert pairs(run(table, params())) == []
    assert len(pairs(run(table, params(least_members=1)))) == 2


def test_a_pair_of_too_few_people_is_not_released(tmp_path: Path) -> None:
    table = a_lake(
        tmp_path,
        [(member, person, product, 0) for person in (1, 2) for member, product in BOTH],
    )

    assert len(pairs(run(table, params(least_buyers=2)))) == 2
    assert pairs(run(table, params(least_buyers=3))) == []


def test_buying_twice_and_lines_without_a_subject_do_not_count_as_people(tmp_path: Path) -> None:
    once = [("trave", 1, TEA, 0.0), ("alster", 1, SALT, 0.0)]
    nobody: list[Bought] = [("trave", None, TEA, 0), ("alster", None, SALT, 0)] * 5

    assert pairs(run(a_lake(tmp_path, [*once, *once, *once, *nobody]), params())) == []


def test_the_window_holds_its_first_moment_and_not_its_last(tmp_path: Path) -> None:
    table = a_lake(
        tmp_path,
        [
            ("trave", 1, TEA, 0),
            ("alster", 1, SALT, 23.999),
            ("trave", 2, TEA, 0),
            ("alster", 2, SALT, 24),
            ("trave", 3, TEA, -0.001),
            ("alster", 3, SALT, 1),
        ],
    )

    assert pairs(run(table, params())) == []
    assert [pair[2] for pair in pairs(run(table, params(since=NOON - timedelta(hours=1))))] == [2, 2]


def test_a_window_told_in_another_zone_is_the_same_window(tmp_path: Path) -> None:
    table = a_lake(tmp_path, [(member, person, product, 0) for person in (1, 2) for member, product in BOTH])
    shanghai = timezone(timedelta(hours=8))

    result = run(
        table, params(since=NOON.astimezone(shanghai), until=(NOON + timedelta(days=1)).astimezone(shanghai))
    )

    assert len(pairs(result)) == 2


def test_lines_of_a_member_that_takes_no_part_are_not_read(tmp_path: Path) -> None:
    table = a_lake(
        tmp_path,
        [
            (member, person, product, 0)
            for person in (1, 2)
            for member, product in (("trave", TEA), ("leine", SALT))
        ],
    )

    assert pairs(run(table, params())) == []
    assert len(pairs(run(table, params(members=("leine", "trave"))))) == 2


def test_one_person_contributes_the_most_bought_products_only(tmp_path: Path) -> None:
    # Each buys rye twice, tea and salt once, tea later than salt: with two products each, salt is left out.
    habits: list[Bought] = []
    for person in (1, 2):
        habits += [
            ("trave", person, RYE, 0),
            ("alster", person, RYE, 1),
            ("trave", person, SALT, 2),
            ("alster", person, TEA, 3),
        ]
    table = a_lake(tmp_path, habits)

    assert {pair[:2] for pair in pairs(run(table, params(most_products=2)))} == {(RYE, TEA), (TEA, RYE)}


def test_the_strongest_pairs_come_first_and_only_so_many(tmp_path: Path) -> None:
    # Tea and salt are bought by the same two; tea and rye by two of rye's four buyers.
    bought: list[Bought] = []
    for person in (1, 2):
        bought += [("trave", person, TEA, 0), ("alster", person, SALT, 0), ("alster", person, RYE, 0)]
    bought += [("trave", 3, RYE, 0), ("trave", 4, RYE, 0)]
    table = a_lake(tmp_path, bought)

    ranked = pairs(run(table, params()))
    first = pairs(run(table, params(top=1)))

    assert [pair for pair in ranked if pair[0] == TEA] == [
        (TEA, SALT, 2, 2, 1_000_000, 1),
        (TEA, RYE, 2, 2, 500_000, 2),
    ]
    assert [pair for pair in first if pair[0] == TEA] == [(TEA, SALT, 2, 2, 1_000_000, 1)]


def test_ties_go_to_the_smaller_product_id(tmp_path: Path) -> None:
    table = a_lake(
        tmp_path,
        [
            (member, person, product, 0)
            for person in (1, 2)
            for member, product in (("trave", TEA), ("alster", OIL), ("alster", SALT))
        ],
    )

    assert [pair[1] for pair in pairs(run(table, params())) if pair[0] == TEA and pair[5] == 1] == [SALT]


def test_a_lake_may_lie_in_a_folder_with_an_awkward_name(tmp_path: Path) -> None:
    folder = tmp_path / "it's the 100% Lübeck lake"

    table = a_lake(folder, [(member, person, product, 0) for person in (1, 2) for member, product in BOTH])

    assert len(pairs(run(table, params()))) == 2


def test_an_empty_lake_gives_an_empty_result_of_the_right_shape(tmp_path: Path) -> None:
    result = run(a_lake(tmp_path, []), params())

    assert (result.num_rows, result.schema.equals(co_purchase.RESULT)) == (0, True)


def test_files_that_a_later_version_dropped_are_not_read(tmp_path: Path) -> None:
    # People 1 and 17 lie in the same bucket, so that their files are melted together.
    bought: list[Bought] = [(member, person, product, 0) for person in (1, 17) for member, product in BOTH]
    for number in range(1, len(bought) + 1):
        a_lake(tmp_path, bought[:number])
    tables.compact(tmp_path, ORDER_LINES)
    table = tables.pin(tmp_path, ORDER_LINES)
    lying_about = list(Path(table.base).rglob("*.parquet"))

    result = run(table, params())

    assert (len(lying_about), len(table.files)) == (6, 2)
    assert pairs(result) == [(TEA, SALT, 2, 2, 1_000_000, 1), (SALT, TEA, 2, 2, 1_000_000, 1)]


def test_a_group_that_is_too_small_never_leaves_the_room() -> None:
    row = {"product_id": 1, "other_id": 2, "buyers": 1, "members": 2, "strength_ppm": 1, "rank": 1}

    with pytest.raises(BrokenInvariant, match="1 buyers at 2 members"):
        co_purchase.check_release(pa.Table.from_pylist([row], schema=co_purchase.RESULT), params())


@pytest.mark.parametrize(
    "change",
    [
        {"least_buyers": 1},
        {"least_members": 3},
        {"members": ("trave", "trave")},
        {"members": ()},
        {"since": NOON + timedelta(days=2)},
        {"since": datetime(2026, 3, 2)},  # noqa: DTZ001 - a time without a zone is what is refused
        {"most_products": 1},
        {"top": 0},
    ],
)
def test_parameters_that_cannot_be_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        params(**change)


def test_the_content_hash_knows_no_order_of_rows_but_every_value() -> None:
    one = pa.table({"a": [1, 2], "b": ["x", None]})
    other_order = pa.table({"a": [2, 1], "b": [None, "x"]})
    other_value = pa.table({"a": [1, 2], "b": ["x", ""]})

    assert content_hash(one) == content_hash(other_order)
    assert len({content_hash(one), content_hash(other_value), content_hash(one.select(["b", "a"]))}) == 3


def test_fractions_are_not_hashed() -> None:
    with pytest.raises(TypeError, match="column a is double"):
        content_hash(pa.table({"a": [1.5]}))


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkEngine]:
    """A real Spark, one warm session for all that is compared."""
    engine = SparkEngine(
        java_home=java_home(tmp_path_factory.mktemp("state")), driver_memory="1g", shuffle_partitions=1
    )
    with engine.session():
        yield engine


def many(people: int, products: int, lines: int, seed: int) -> list[Bought]:
    """Purchases of popular and rare products by a few people at three members over two days."""
    luck = random.Random(seed)
    return [
        (
            luck.choice(["alster", "trave", "leine"]),
            luck.choice([None, *range(people)]),
            min(products, int(luck.paretovariate(0.9))),
            luck.choice([-1.0, 0.0, 0.5, 12.25, 23.999, 24.0]),
        )
        for _ in range(lines)
    ]


CASES: dict[str, list[Bought]] = {
    "no line": [],
    "ties": [
        (member, person, product, 0)
        for person in range(4)
        for member in ("trave", "alster")
        for product in range(1, 8)
    ],
    "the hour that is skipped": [("trave", 1, TEA, 26 * 24 - 10.5), ("alster", 1, SALT, 27 * 24 - 9.5)] * 2,
    "many": many(60, 50, 3_000, seed=2),
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # pyspark leaves its gateway's pipe to the interpreter
def test_spark_says_the_same_as_the_embedded_engine(spark: SparkEngine, tmp_path: Path) -> None:
    chosen = params(
        members=("alster", "leine", "trave"), until=NOON + timedelta(days=40), most_products=20, top=5
    )
    hashes = {}
    for number, (name, bought) in enumerate(CASES.items()):
        table = a_lake(tmp_path / str(number), bought)
        hashes[name] = (content_hash(run(table, chosen)), content_hash(run(table, chosen, spark)))

    assert {name: one for name, (one, _) in hashes.items()} == {
        name: two for name, (_, two) in hashes.items()
    }
    assert len({one for one, _ in hashes.values()}) >= 3
