"""The chain as it is declared: nothing dangles, nothing is said twice."""

from __future__ import annotations

import itertools

from hansa.commerce.health.domain.chain import (
    BY_KEY,
    CHAINS,
    LINKS,
    LOOP,
    NODES,
    Link,
    expected_sign,
    is_on_loop,
)


def test_every_node_says_what_it_is_and_how_it_is_computed() -> None:
    for node in NODES:
        assert all([node.name, node.definition, node.formula, node.n, node.lever]), node.key


def test_keys_are_unique_and_fit_their_column() -> None:
    assert len(BY_KEY) == len(NODES)
    assert max(len(node.key) for node in NODES) <= 30


def test_every_node_has_at_least_one_link_and_every_link_two_nodes() -> None:
    linked = {link.cause for link in LINKS} | {link.effect for link in LINKS}

    assert linked == set(BY_KEY)


def test_no_link_is_declared_twice_or_turns_upon_itself() -> None:
    pairs = [(link.cause, link.effect) for link in LINKS]

    assert len(set(pairs)) == len(pairs)
    assert all(cause != effect for cause, effect in pairs)


def test_every_node_stands_in_exactly_one_strand() -> None:
    placed = [key for chain in CHAINS for key in chain.nodes]

    assert sorted(placed) == sorted(BY_KEY)


def test_the_strands_are_links_of_the_founding_document() -> None:
    pairs = {(link.cause, link.effect) for link in LINKS}
    said = [
        ("recommendation", "satisfaction", "experience", "stickiness", "loyalty", "platform_revenue"),
        ("merchant_empowerment", "merchant_income", "competitiveness", "market_share"),
        ("logistics", "logistics_cost"),
        ("logistics", "delivery_efficiency"),
        ("brand_promotion", "exposure", "click_rate"),
        ("traffic_support", "visits", "sales"),
        ("marketing_tools", "conversion", "repurchase"),
        ("goodwill", "product_quality", "satisfaction"),
    ]

    for strand in said:
        assert set(itertools.pairwise(strand)) <= pairs


def test_the_loop_closes() -> None:
    steps = [link for link in LINKS if is_on_loop(link)]

    assert len(steps) == len(LOOP) == 10
    assert is_on_loop(Link("market_share", "recommendation", ""))
    assert not is_on_loop(Link("sales", "platform_revenue", ""))
    assert not is_on_loop(Link("recommendation", "experience", ""))


def test_a_cost_is_expected_to_fall_when_its_cause_rises() -> None:
    assert expected_sign(Link("logistics", "logistics_cost", "")) == -1
    assert expected_sign(Link("visits", "sales", "")) == 1
