"""One's own tokens on the page of sessions: which programs hold one, and taking one back."""

from __future__ import annotations

import pytest
from django.test import Client

from hansa.commerce.accounts import services
from hansa.commerce.accounts.models import ApiToken
from tests.factories import NOON, a_person

pytestmark = pytest.mark.usefixtures("database")


def test_a_person_sees_the_tokens_of_their_programs_and_takes_one_back() -> None:
    alia, mia = a_person(), a_person("mia")
    for user, name in ((alia, "Kitchen screen"), (alia, "Old telephone"), (mia, "Garden radio")):
        services.issue_token(user=user, name=name, now=NOON)
    browser = Client()
    browser.force_login(alia)
    old, others = ApiToken.objects.get(name="Old telephone"), ApiToken.objects.get(name="Garden radio")

    before = browser.get("/account/sessions/").content.decode()
    answers = [browser.post(f"/account/tokens/{each.pk}/revoke/").status_code for each in (old, others)]
    after = browser.get("/account/sessions/").content.decode()

    assert [name in before for name in ("Kitchen screen", "Old telephone", "Garden radio")] == [
        True,
        True,
        False,
    ]
    assert answers == [302, 404]
    assert [name in after for name in ("Kitchen screen", "Old telephone")] == [True, False]
    assert sorted(ApiToken.objects.filter(revoked_at=None).values_list("name", flat=True)) == [
        "Garden radio",
        "Kitchen screen",
    ]
