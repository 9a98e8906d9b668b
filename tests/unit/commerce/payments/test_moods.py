"""The sandbox provider's moods are a seed's, not chance's."""

from __future__ import annotations

import pytest

from hansa.commerce.payments.sandbox_provider.moods import Moods, Parcel, parcels


def test_the_same_seed_strikes_the_same_things() -> None:
    names = [f"evt_{n}" for n in range(1000)]

    first, second, other = (
        [Moods(seed=seed).strikes("lose", name, 0.3) for name in names] for seed in (7, 7, 8)
    )

    assert first == second != other
    assert 250 < sum(first) < 350


def test_magic_cards_do_as_they_say() -> None:
    calm = Moods()

    assert parcels(calm, event_id="e", method="tok_ok") == [Parcel(0.0)]
    assert parcels(calm, event_id="e", method="tok_webhook_lost") == []
    assert len(parcels(calm, event_id="e", method="tok_webhook_twice")) == 5
    assert parcels(calm, event_id="e", method="tok_webhook_late") == [Parcel(2.0)]
    assert parcels(calm, event_id="e", method="tok_webhook_wrong_amount")[0].is_amount_wrong
    assert parcels(calm, event_id="e", method="tok_webhook_wrong_signature")[0].is_signature_wrong


def test_a_mood_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match="no such moods: angry"):
        Moods.read('{"angry": 1}')
    assert Moods.read(Moods(seed=3, lose=0.5).text()) == Moods(seed=3, lose=0.5)
