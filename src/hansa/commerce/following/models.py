"""Shoppers who let others follow them, and who follows whom. Which merchants one follows is kept by behaviour."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class Profile(models.Model):
    """The public face of a person: a name and an address that says nothing else. Shown only while they allow it."""

    user = models.OneToOneField("accounts.User", on_delete=models.CASCADE, related_name="profile")
    handle = models.CharField(max_length=24, unique=True)
    since = models.DateTimeField()

    def __str__(self) -> str:
        return self.handle


class PersonFollow(models.Model):
    """Somebody who follows another shopper."""

    follower = models.ForeignKey(
        "accounts.User", on_delete=models.CASCADE, related_name="people_followed", db_index=False
    )
    followed = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="people_following")
    since = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["follower", "followed"], name="one_person_follow"),
            models.CheckConstraint(condition=~Q(follower=F("followed")), name="nobody_follows_themselves"),
        ]

    def __str__(self) -> str:
        return f"{self.follower_id} follows {self.followed_id}"
