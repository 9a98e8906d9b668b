"""Questions: asked by members, answered by who sells or has received the good, told to the asker, found by words."""

from __future__ import annotations

import pytest
from django.core import mail

from hansa.commerce.accounts.models import User
from hansa.commerce.accounts.policy import Actor
from hansa.commerce.notices.models import Notice
from hansa.commerce.reviews import moderation, questions
from hansa.commerce.reviews.errors import AlreadyAnswered, MayNotAnswer
from hansa.commerce.reviews.models import Answer, Question
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import outbox, tenancy
from hansa.kernel.clock import system_clock
from hansa.kernel.errors import InvalidInput
from tests.factories import Shop, a_merchant, a_shop, a_shopper, an_operator
from tests.integration.social.scene import a_received_line, at_once, broken

pytestmark = pytest.mark.usefixtures("database")


def a_tea_shop() -> Shop:
    return a_shop(stock={"tea": 50}, prices={"tea": 500})


def ask(shop: Shop, actor: Actor, text: str = "Is it loose or in bags?") -> Question:
    with tenancy.as_platform(shop.platform.pk):
        return questions.ask(
            platform_id=shop.platform.pk,
            actor=actor,
            listing_id=shop.listings["tea"].pk,
            text=text,
            now=system_clock(),
        )


def answer(shop: Shop, actor: Actor, question: Question, text: str, merchant_id: int | None = None) -> Answer:
    with tenancy.as_platform(shop.platform.pk):
        return questions.answer(
            platform_id=shop.platform.pk,
            actor=actor,
            question_id=question.pk,
            text=text,
            merchant_id=merchant_id,
            now=system_clock(),
        )


def test_the_merchant_answers_and_the_asker_hears_of_it_once_by_notice_and_mail() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    user = User.objects.get(pk=alia.user_id or 0)
    User.objects.filter(pk=user.pk).update(email="alia@example.org")
    user.emailaddress_set.create(email="alia@example.org", verified=True, primary=True)  # type: ignore[attr-defined]  # allauth's
    question = ask(shop, alia)
    mail.outbox.clear()

    answer(shop, shop.owner, question, "It is loose.", shop.merchant.pk)
    for _ in range(2):
        outbox.OutboxEvent.objects.update(done_at=None)
        outbox.drain(SUBSCRIPTIONS)

    with tenancy.as_platform(shop.platform.pk):
        told = Notice.objects.get()
    assert (told.user_id, told.kind) == (alia.user_id, "answered")
    assert [message.subject for message in mail.outbox] == ["Your question about Tea has an answer."]
    assert mail.outbox[0].to == ["alia@example.org"]


def test_only_who_sells_or_has_received_the_good_answers() -> None:
    shop, alia, cy, bea = a_tea_shop(), a_shopper(), a_shopper("cy"), a_shopper("bea")
    other, other_owner = a_merchant(shop.platform, "rival")
    a_received_line(shop, bea)
    question = ask(shop, alia)

    for actor, merchant_id in (
        (cy, None),
        (cy, shop.merchant.pk),
        (other_owner, other.pk),
        (other_owner, shop.merchant.pk),
        (alia, None),
    ):
        with pytest.raises(MayNotAnswer):
            answer(shop, actor, question, "I know it", merchant_id)

    given = answer(shop, bea, question, "Mine was loose")
    with pytest.raises(AlreadyAnswered):
        answer(shop, bea, question, "Mine was loose, I say")
    with tenancy.as_platform(shop.platform.pk):
        assert list(Answer.objects.values_list("pk", "merchant_id")) == [(given.pk, None)]
    assert broken() == []


def test_two_people_of_one_merchant_at_once_give_one_answer() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    question = ask(shop, alia)

    results = at_once(
        shop,
        *(
            lambda text=text: questions.answer(  # type: ignore[misc]  # bound now
                platform_id=shop.platform.pk,
                actor=shop.owner,
                question_id=question.pk,
                text=text,
                merchant_id=shop.merchant.pk,
                now=system_clock(),
            )
            for text in ("It is loose", "It is in bags")
        ),
    )

    assert sorted(type(each).__name__ for each in results) == ["AlreadyAnswered", "Answer"]


def test_a_held_answer_is_told_of_only_when_it_is_let_through() -> None:
    shop, alia, bea = a_tea_shop(), a_shopper(), a_shopper("bea")
    a_received_line(shop, bea)
    question, orla = ask(shop, alia), an_operator(shop)

    given = answer(shop, bea, question, "See www.tea.example")
    outbox.drain(SUBSCRIPTIONS)
    with tenancy.as_platform(shop.platform.pk):
        assert not Notice.objects.exists()
        moderation.rule(
            platform_id=shop.platform.pk,
            actor=orla,
            kind="answer",
            pk=given.pk,
            publishes=True,
            now=system_clock(),
        )
    outbox.drain(SUBSCRIPTIONS)

    with tenancy.as_platform(shop.platform.pk):
        assert Notice.objects.get().user_id == alia.user_id


def test_questions_are_found_by_words_of_theirs_and_of_their_answers() -> None:
    shop, alia, cy = a_tea_shop(), a_shopper(), a_shopper("cy")
    bags, spam = ask(shop, alia), ask(shop, cy, "Cheap at tea.com, who wants?")
    when = ask(shop, cy, "When was it picked?")
    answer(shop, shop.owner, when, "In April, by hand", shop.merchant.pk)
    with tenancy.as_platform(shop.platform.pk):

        def found(words: str, viewer: Actor | None = None) -> list[int]:
            rows = questions.questions_about(
                platform_id=shop.platform.pk,
                product_id=shop.listings["tea"].product_id,
                words=words,
                viewer_id=viewer.user_id if viewer else None,
            )
            return [row.pk for row in rows]

        assert found("") == [when.pk, bags.pk]
        assert found("", cy) == [when.pk, spam.pk, bags.pk]
        assert found("april HAND") == [when.pk]
        assert found("loose april") == []
        opened = questions.open_questions_for(platform_id=shop.platform.pk, merchant_id=shop.merchant.pk)
        assert [row.pk for row in opened] == [bags.pk]


def test_an_empty_or_endless_question_is_refused() -> None:
    shop, alia = a_tea_shop(), a_shopper()

    for text in (" a ", "x" * 1_001, "ab\x00c"):
        with pytest.raises(InvalidInput):
            ask(shop, alia, text)

    with tenancy.as_platform(shop.platform.pk):
        assert not Question.objects.exists()
