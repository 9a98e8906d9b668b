import polars as pl

from hansa.commerce.importing.complete_journey import places


def test_stores_are_dealt_so_that_platforms_are_of_a_size() -> None:
    sizes = {7: 5, 8: 4, 9: 3, 10: 2, 11: 1}
    lines = pl.DataFrame({"store_id": [store for store, size in sizes.items() for _ in range(size)]})

    dealt = places.platform_of_stores(lines, 2)

    # Five to the first, four and three to the second, two and one to whoever has least.
    assert dict(dealt.select("store_id", "platform").iter_rows()) == {7: 0, 8: 1, 9: 1, 10: 0, 11: 0}


def test_the_slice_is_a_tenth_of_the_households_and_always_the_same() -> None:
    households = pl.Series(range(1, 2_501))

    chosen = places.households_of_slice(households)

    assert 175 <= len(chosen) <= 275
    assert chosen.equals(places.households_of_slice(households.shuffle(seed=1)))


def test_a_household_is_in_the_slice_whoever_else_is_there() -> None:
    everybody = places.households_of_slice(pl.Series(range(1, 2_501)))

    some = places.households_of_slice(pl.Series(range(1, 101)))

    assert some.to_list() == [household for household in everybody.to_list() if household <= 100]
