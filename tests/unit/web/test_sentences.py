"""What the floors below say in English is recognised, its values kept, and said in Chinese."""

from __future__ import annotations

import re

import numpy as np
import pytest
from django.utils import translation

from hansa.engines import inventory
from hansa.web.sentences import in_readers_words
from hansa.web.sentences.promises import PROMISES
from hansa.web.sentences.refusals import REFUSALS
from hansa.web.sentences.remarks import REMARKS
from hansa.web.templatetags.words import bank_reason, model_word, sentence


@pytest.mark.parametrize(
    ("said", "chinese"),
    [
        ("there is nothing in the cart", "购物车是空的"),
        ("there is no plan 7 here", "此处没有计划 7"),
        ("the tours of 2026-11-02 have already been released", "2026年11月2日的路线已经发布"),
        ("parcel 3 is delivered, not on its way", "包裹 3 的状态是“已送达”，不在运送途中"),
        ("Alia may not plan routes here", "Alia 无权在此规划路线"),
        ("an order that is shipped cannot cancel", "订单状态为“运送中”，无法取消"),
        (
            "offer 1: 2 asked, 0 left; offer 5: 3 asked, 1 left",
            "供货 1：需要 2 件，仅剩 0 件；供货 5：需要 3 件，仅剩 1 件",
        ),
        (
            "the provider refused refund R-1: the card was declined",
            "服务商拒绝了退款 R-1：银行卡被拒绝",
        ),
        ("a promotion takes between 0.01 % and 90 % off", "促销折扣须在 0.01% 至 90% 之间"),
        (
            "14.0 rounded to 24 for packs of 12 and a minimum of 5",
            "14.0 件按每包 12 件和最少 5 件取整为 24 件",
        ),
    ],
)
def test_a_known_text_is_said_in_chinese_with_its_values(said: str, chinese: str) -> None:
    with translation.override("zh-hans"):
        assert in_readers_words(said) == chinese


def test_who_reads_english_reads_what_was_said() -> None:
    with translation.override("en"):
        assert in_readers_words("parcel 3 is out, not on its way") == "parcel 3 is out, not on its way"


@pytest.mark.parametrize(
    ("reason", "english", "chinese"),
    [
        ("fraudulent", "the buyer says that somebody else paid with their card", "买家称他人盗用其卡付款"),
        ("product_not_received", "it did not arrive", "没有收到货"),
        ("of a new kind", "of a new kind", "of a new kind"),
    ],
)
def test_a_banks_reason_is_said_in_words(reason: str, english: str, chinese: str) -> None:
    with translation.override("en"):
        assert bank_reason(reason) == english
    with translation.override("zh-hans"):
        assert bank_reason(reason) == chinese


def test_both_states_of_a_refused_step_are_said_in_chinese() -> None:
    with translation.override("zh-hans"):
        said = in_readers_words("a return that is approved cannot become inspected")

    assert re.search("[a-z]", said) is None, said


def test_a_text_that_nobody_listed_stays_as_it_is() -> None:
    with translation.override("zh-hans"):
        assert in_readers_words("the weather is fine") == "the weather is fine"
        assert in_readers_words("there is nothing in the cart; the weather is fine") == (
            "there is nothing in the cart; the weather is fine"
        )


@pytest.mark.parametrize(
    ("language", "said"), [("en", "There is nothing in the cart."), ("zh-hans", "购物车是空的。")]
)
def test_a_refusal_stands_as_a_sentence_of_its_own(language: str, said: str) -> None:
    with translation.override(language):
        assert sentence("there is nothing in the cart") == said


@pytest.mark.parametrize("on_hand", [0.0, 3.0, 500.0])
@pytest.mark.parametrize("pack", [1, 12])
@pytest.mark.parametrize("minimum", [0, 30])
def test_every_reason_of_the_reorder_engine_can_be_said_in_chinese(
    on_hand: float, pack: int, minimum: int
) -> None:
    problem = inventory.Problem(
        items=("tea",),
        demand=np.random.default_rng(7).poisson(2.0, size=(1, 50, 14)).astype(np.float64),
        on_hand=np.array([on_hand]),
        on_order=np.zeros((1, 14)),
    )
    params = inventory.Params(
        lead_time=[5],
        review=7,
        holding_cost=[1.0],
        shortage_cost=[9.0],
        pack_size=[pack],
        minimum_order=[minimum],
    )

    (reason,) = inventory.plan(problem, params, seed=1).reasons

    with translation.override("zh-hans"):
        assert not any(letter.isascii() and letter.isalpha() for letter in in_readers_words(reason)), reason


@pytest.mark.parametrize(
    ("model", "english", "chinese"),
    [
        ("ets@7", "exponential smoothing, season of 7", "指数平滑（周期 7）"),
        ("theta@1", "Theta", "Theta 法"),
        ("window_mean", "moving average", "移动平均"),
        ("new_model", "new_model", "new_model"),
    ],
)
def test_a_model_is_called_by_what_it_does(model: str, english: str, chinese: str) -> None:
    with translation.override("en"):
        assert model_word(model) == english
    with translation.override("zh-hans"):
        assert model_word(model) == chinese


@pytest.mark.parametrize("listed", [*REFUSALS, *PROMISES, *REMARKS])
def test_every_listed_sentence_takes_its_values_into_chinese(listed: str) -> None:
    said = listed % dict.fromkeys(re.findall(r"%\((\w+)\)s", listed), "7")

    with translation.override("zh-hans"):
        chinese = in_readers_words(said)

    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert chinese.count("7") == said.count("7")
