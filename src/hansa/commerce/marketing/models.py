"""Campaigns that carry promotions to chosen shoppers."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from hansa.foundation.tenancy import TenantModel


class Campaign(TenantModel):
    """A promotion brought to an audience over some days."""

    name = models.CharField(max_length=120)
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, null=True, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    external_ref = models.CharField(max_length=64, default="", blank=True)

    def __str__(self) -> str:
        return self.name


class CampaignRecipient(TenantModel):
    """A shopper whom a campaign is meant for."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="recipients")
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["campaign", "user"], name="one_recipient")]

    def __str__(self) -> str:
        return f"{self.campaign_id}: {self.user_id}"
