"""Whatever comes in, an answer comes out: finite, allowed, never an exception."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.engines import recommend
from hansa.engines.recommend import (
    BlendParams,
    CovisitationParams,
    FactorParams,
    Params,
    PopularityModel,
    Problem,
    SessionParams,
)

ids = st.one_of(st.integers(-3, 5), st.text(max_size=2), st.none(), st.tuples(st.integers(0, 1)))
weights = st.one_of(st.floats(1e-300, 1e6), st.sampled_from([1.0, 1e6, 1e-9]))
times = st.one_of(st.floats(-1e15, 1e15), st.sampled_from([0.0, 1.0, 1.7e9]))
shares = st.sampled_from([0.0, 0.5, 1.0, 100.0])


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    users = draw(st.lists(ids, unique=True, max_size=4))
    items = draw(st.lists(ids, unique=True, max_size=5))
    n = draw(st.integers(0, 12)) if users and items else 0
    rows = range(n)
    return Problem(
        users=users,
        items=items,
        event_user=[draw(st.integers(0, len(users) - 1)) for _ in rows],
        event_item=[draw(st.integers(0, len(items) - 1)) for _ in rows],
        event_weight=[draw(weights) for _ in rows],
        event_time=[draw(times) for _ in rows],
    )


@st.composite
def knobs(draw: st.DrawFn) -> Params:
    decay = st.sampled_from([0.0, 0.3, 1.0])
    return Params(
        covisitation=CovisitationParams(
            window=draw(st.integers(1, 5)),
            forward=draw(shares),
            backward=draw(shares),
            neighbours=draw(st.integers(1, 3)),
            popularity_power=draw(st.sampled_from([0.0, 0.5, 1.0])),
            history_decay=draw(decay),
        ),
        factors=FactorParams(
            count=draw(st.integers(0, 4)),
            iterations=2,
            regularisation=draw(st.sampled_from([1e-3, 1.0, 1e6])),
            alpha=draw(st.sampled_from([0.0, 1.0, 1e4])),
            history_decay=draw(decay),
        ),
        sessions=SessionParams(neighbours=draw(st.integers(1, 3)), newest=draw(st.integers(1, 3))),
        blend=BlendParams(
            covisitation=draw(shares),
            cosine=draw(shares),
            sessions=draw(shares),
            repeat=draw(shares),
            popularity=draw(shares),
            repeat_decay=draw(decay),
        ),
        half_life=draw(st.sampled_from([None, 1e-9, 10.0, 1e18])),
    )


@settings(max_examples=80, deadline=None)
@given(problem=problems(), params=knobs(), data=st.data())
def test_an_answer_always_comes_and_is_always_sound(
    problem: Problem, params: Params, data: st.DataObject
) -> None:
    model = recommend.fit(problem, params, seed=0)
    for _ in range(data.draw(st.integers(0, 4))):
        user = data.draw(ids)
        after = [] if user is not None else data.draw(st.lists(ids, max_size=3))
        model.observe(
            data.draw(ids), user=user, after=after, weight=data.draw(weights), at=data.draw(st.none() | times)
        )
    history: list[Any] = data.draw(st.lists(ids, max_size=6))
    exclude = data.draw(st.lists(ids, max_size=2))
    again = data.draw(st.booleans())

    answers = [
        model.recommend(history, 3, exclude=exclude, exclude_seen=again),
        model.recommend_for_user(data.draw(ids), 3, exclude=exclude, exclude_seen=again),
        model.similar(data.draw(ids), 3, exclude=exclude),
        PopularityModel(problem, params).recommend(history, 3, exclude=exclude, exclude_seen=again),
    ]

    for answer in answers:
        assert all(map(math.isfinite, answer.scores))
        assert list(answer.scores) == sorted(answer.scores, reverse=True)
        assert len(set(answer.items)) == len(answer.items) == len(answer.reasons) <= 3
        assert not set(answer.items) & set(exclude)
        assert answer.items or answer.notes
    assert len(model.rank([history], 3)[0]) <= 3
