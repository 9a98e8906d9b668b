"""Rows of different lengths, as a list of lists would hold them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hansa.engines.recommend._ragged import Ragged

ROWS = st.lists(st.lists(st.integers(-5, 5), max_size=4), min_size=1, max_size=5)
APPENDED = st.lists(st.tuples(st.integers(0, 20), st.integers(-5, 5)), max_size=40)


@given(ROWS, APPENDED, st.integers(0, 3))
def test_rows_hold_what_lists_would_hold(
    rows: list[list[int]], appended: list[tuple[int, int]], new: int
) -> None:
    pointers = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    values = np.asarray([value for row in rows for value in row], dtype=np.int64)
    ragged = Ragged(pointers, values)

    for _ in range(new):
        ragged.add_row()
        rows.append([])
    for place, value in appended:
        ragged.append(place % len(rows), value)
        rows[place % len(rows)].append(value)

    assert [ragged[row].tolist() for row in range(len(rows))] == rows
    assert ragged.lengths.tolist() == [len(row) for row in rows]
    wanted = np.asarray([len(rows) - 1, 0, 0])
    assert ragged.gather(wanted)[0].tolist() == rows[-1] + rows[0] + rows[0]
    pointers, flat = ragged.flat()
    assert [row.tolist() for row in np.split(flat, pointers[1:-1])] == rows


def test_what_was_handed_over_is_never_written_to() -> None:
    values = np.asarray([1, 2, 3])
    ragged = Ragged(np.asarray([0, 3]), values)

    ragged[0][1] = 9

    assert values.tolist() == [1, 2, 3]
