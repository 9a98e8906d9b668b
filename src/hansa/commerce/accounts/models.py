"""People, the platforms of the alliance, and who may act for whom."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from hansa.foundation.tenancy import AppendOnlyModel


class Platform(models.Model):
    """A marketplace of the alliance: the tenant of every row that is not shared."""

    id = models.SmallAutoField(primary_key=True)
    code = models.SlugField(max_length=30, unique=True)
    name = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80)
    currency = models.CharField(max_length=3)
    commission_bp = models.PositiveIntegerField(
        help_text="Basis points of the net price kept by the platform."
    )
    accent = models.CharField(
        max_length=7, default="#9c2f2f", help_text="Accent colour of the shop, #rrggbb."
    )
    latitude = models.FloatField(help_text="Centre of the area that is delivered to.")
    longitude = models.FloatField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(commission_bp__lte=10_000), name="commission_at_most_all")
        ]

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A person or a household; shops at any platform of the alliance, works only where a role says so."""

    display_name = models.CharField(max_length=120, default="", blank=True)
    language = models.CharField(max_length=10, default="en")
    consents_to_personalisation = models.BooleanField(default=True)
    home_platform = models.ForeignKey(
        Platform, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    external_ref = models.CharField(max_length=64, default="", blank=True)
    is_demo = models.BooleanField(
        db_default=False, help_text="One of the people whom a demo lets one click sign in as."
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["external_ref"], condition=~Q(external_ref=""), name="one_user_per_external_ref"
            )
        ]

    def __str__(self) -> str:
        return self.display_name or self.username


class Address(models.Model):
    """Where a person wants parcels to go."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="addresses")
    recipient = models.CharField(max_length=120)
    street = models.CharField(max_length=200)
    city = models.CharField(max_length=80)
    postal_code = models.CharField(max_length=20)
    country = models.CharField(max_length=2)
    latitude = models.FloatField()
    longitude = models.FloatField()

    class Meta:
        verbose_name_plural = "addresses"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(latitude__range=(-90, 90)) & Q(longitude__range=(-180, 180)),
                name="address_on_the_globe",
            )
        ]

    def __str__(self) -> str:
        return f"{self.street}, {self.city}"


class Consent(AppendOnlyModel):
    """One decision of a person about one purpose; the latest one counts, the others are its history."""

    class Purpose(models.TextChoices):
        PERSONALISATION = "personalisation"
        MARKETING_MAIL = "marketing_mail"
        SHARING = "sharing", "Sharing with one member of the alliance"
        PROFILE = "profile", "Showing a public profile that others may follow"

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="consents")
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    member = models.ForeignKey(
        Platform, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    agrees = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(purpose="sharing", member__isnull=False)
                | (~Q(purpose="sharing") & Q(member__isnull=True)),
                name="sharing_names_the_member",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {'agrees to' if self.agrees else 'refuses'} {self.purpose}"


def _role_in_its_place() -> Q:
    return (
        Q(role="steward", platform__isnull=True, merchant_id__isnull=True)
        | Q(role__in=["merchant", "clerk"], merchant_id__isnull=False)
        | Q(role__in=["operator", "dispatcher"], platform__isnull=False, merchant_id__isnull=True)
    )


class Membership(models.Model):
    """A role of a person: on one platform, or for one merchant, or in the alliance as a whole."""

    class Role(models.TextChoices):
        OPERATOR = "operator"
        DISPATCHER = "dispatcher"
        MERCHANT = "merchant", "Owner of a merchant's desk"
        CLERK = "clerk", "Works at a merchant's desk, and lets nobody in"
        STEWARD = "steward"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    platform = models.ForeignKey(Platform, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    # Merchants live one app above; the id is kept here so that one table answers "what may this person do".
    merchant_id = models.BigIntegerField(null=True, blank=True)
    since = models.DateTimeField(
        null=True, blank=True, help_text="Empty for roles from before this was kept."
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "role", "platform", "merchant_id"],
                name="one_membership",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=_role_in_its_place(), name="membership_matches_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} as {self.role}"


class Invitation(models.Model):
    """A role offered to whoever proves an e-mail address to be theirs. The link in the mail is signed, kept nowhere."""

    email = models.EmailField()
    role = models.CharField(max_length=20, choices=Membership.Role.choices)
    platform = models.ForeignKey(Platform, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    merchant_id = models.BigIntegerField(null=True, blank=True)
    inviter = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    language = models.CharField(max_length=10, default="en")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True, help_text="When it was accepted or withdrawn.")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=_role_in_its_place(), name="invitation_matches_role"),
            models.CheckConstraint(
                condition=Q(accepted_by__isnull=True) | Q(closed_at__isnull=False),
                name="accepted_invitation_is_closed",
            ),
            models.UniqueConstraint(
                fields=["email", "role", "platform", "merchant_id"],
                condition=Q(closed_at__isnull=True),
                name="one_open_invitation",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} for {self.email}"


class RoleChange(AppendOnlyModel):
    """One role given or taken: by whom, to whom, where, when.

    It keeps names and numbers instead of keys: the trail outlives the accounts and roles that it tells of.
    """

    actor = models.CharField(max_length=150)
    actor_id = models.BigIntegerField(null=True, blank=True, help_text="Null when a command did it.")
    person = models.CharField(max_length=150)
    person_id = models.BigIntegerField()
    role = models.CharField(max_length=20, choices=Membership.Role.choices)
    platform_id = models.SmallIntegerField(null=True, blank=True)
    merchant_id = models.BigIntegerField(null=True, blank=True)
    is_given = models.BooleanField(help_text="False when the role was taken away.")
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["platform_id", "id"], name="role_change_on_platform"),
            models.Index(fields=["merchant_id", "id"], name="role_change_of_merchant"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {'given to' if self.is_given else 'taken from'} {self.person}"


class ApiToken(models.Model):
    """A key to the API for one person; only its digest is kept, so it is shown once.

    A key of a desk names its merchant or its platform, and counts for nothing else.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    has_second_factor = models.BooleanField(
        db_default=False,
        help_text="Made by somebody who had shown a second factor: roles that need one count.",
    )
    prefix = models.CharField(max_length=16, db_default="", help_text="How the key begins, to find it again.")
    scopes = ArrayField(
        models.CharField(max_length=40), null=True, help_text="Null: everything that its person may do."
    )
    networks = ArrayField(
        models.CharField(max_length=43), db_default=[], default=list, help_text="Empty: from everywhere."
    )
    merchant_id = models.BigIntegerField(null=True)
    platform_id = models.SmallIntegerField(null=True)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["merchant_id"], condition=Q(merchant_id__isnull=False), name="key_of_merchant"
            ),
            models.Index(
                fields=["platform_id"], condition=Q(platform_id__isnull=False), name="key_of_platform"
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(merchant_id__isnull=True, platform_id__isnull=True)
                | (
                    (Q(merchant_id__isnull=True) | Q(platform_id__isnull=True))
                    & Q(scopes__isnull=False, expires_at__isnull=False)
                ),
                name="key_of_a_desk_is_narrow_and_ends",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.user_id}"
