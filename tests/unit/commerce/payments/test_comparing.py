"""Two books side by side."""

from __future__ import annotations

from hansa.commerce.payments.domain.comparing import Differing, Gap, Line, compare


def line(ref: str, amount: int, kind: str = "capture", currency: str = "EUR") -> Line:
    return Line(kind, ref, f"H-{ref}", amount, currency)


def test_books_that_agree_differ_in_nothing() -> None:
    assert compare([line("a", 5), line("b", 7)], [line("b", 7), line("a", 5)]) == []


def test_each_way_of_differing_is_named() -> None:
    found = compare(
        [line("a", 5), line("b", 7), line("d", 9)], [line("b", 8), line("c", 3), line("d", 9, currency="USD")]
    )

    assert found == [
        Differing(Gap.ONLY_OURS, "capture", "a", "H-a", 5, None, "EUR"),
        Differing(Gap.AMOUNT, "capture", "b", "H-b", 7, 8, "EUR"),
        Differing(Gap.ONLY_THEIRS, "capture", "c", "H-c", None, 3, "EUR"),
        Differing(Gap.AMOUNT, "capture", "d", "H-d", 9, 9, "EUR"),
    ]


def test_a_line_that_a_book_repeats_counts_with_its_sum() -> None:
    found = compare([line("a", 5)], [line("a", 5), line("a", 5)])

    assert found == [Differing(Gap.AMOUNT, "capture", "a", "H-a", 5, 10, "EUR")]


def test_a_refund_is_not_the_capture_of_the_same_name() -> None:
    found = compare([line("a", 5)], [line("a", 5, kind="refund")])

    assert [each.gap for each in found] == [Gap.ONLY_OURS, Gap.ONLY_THEIRS]
