"""The register of personal data: each table that knows of people, what a copy shows of it, what erasure does to it.

A table with words in it that stands neither here nor among the impersonal ones fails the architecture tests,
so that nobody can add one without deciding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.apps import apps
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_noop as _


class Fate(Enum):
    """What becomes of a person's rows when they are forgotten, where no columns are written over."""

    DELETED = "deleted"
    KEPT = "kept"


@dataclass(frozen=True)
class Person:
    """Somebody, by everything that rows know them by."""

    id: int
    names: tuple[str, ...]
    purchases: tuple[str, ...]

    @property
    def emails(self) -> tuple[str, ...]:
        return tuple(name.lower() for name in self.names if "@" in name)

    @property
    def visitor(self) -> str:
        return f"user-{self.id}"

    @property
    def pseudonym(self) -> str:
        return f"erased-{self.id}"


@dataclass(frozen=True)
class Holding:
    """What one table holds of a person."""

    model: str
    title: str
    whose: Callable[[Person], Q]
    shown: tuple[str, ...]
    fate: Fate | Callable[[Person], Mapping[str, Any]]

    def rows(self, person: Person) -> QuerySet[Model]:
        """The person's rows, in order."""
        everybody: QuerySet[Model] = apps.get_model(self.model)._base_manager.all()
        return everybody.filter(self.whose(person)).order_by("pk")


def _by(column: str) -> Callable[[Person], Q]:
    return lambda person: Q(**{column: person.id})


def _blank(**columns: Any) -> Callable[[Person], Mapping[str, Any]]:
    return lambda person: columns


def _of_an_agent(person: Person) -> Q:
    return Q(group__number__in=person.purchases)


HOLDINGS: tuple[Holding, ...] = (
    Holding(
        "accounts.User",
        _("Account"),
        _by("pk"),
        (
            "username",
            "email",
            "display_name",
            "first_name",
            "last_name",
            "language",
            "date_joined",
            "last_login",
        ),
        Fate.KEPT,  # its words are written over by hand: the key stays, for the books
    ),
    Holding(
        "account.EmailAddress",
        _("E-mail addresses"),
        _by("user"),
        ("email", "verified", "primary"),
        Fate.DELETED,
    ),
    Holding(
        "accounts.Address",
        _("Address book"),
        _by("user"),
        ("recipient", "street", "postal_code", "city", "country", "latitude", "longitude"),
        Fate.DELETED,
    ),
    Holding(
        "accounts.Consent", _("Consents"), _by("user"), ("purpose", "member__code", "agrees", "at"), Fate.KEPT
    ),
    Holding(
        "accounts.Membership",
        _("Roles"),
        _by("user"),
        ("role", "platform__code", "merchant_id", "since"),
        Fate.DELETED,
    ),
    Holding(
        "accounts.RoleChange",
        _("Roles given and taken"),
        _by("person_id"),
        ("role", "is_given", "at"),
        lambda person: {"person": person.pseudonym},
    ),
    Holding(
        "catalogue.ProductEdit",
        _("Changes of products that I asked for"),
        _by("proposer_id"),
        ("before", "after", "state", "proposed_at"),
        lambda person: {"proposer": person.pseudonym},
    ),
    Holding(
        "catalogue.ProductEdit",
        _("Changes of products that I decided"),
        _by("decider_id"),
        ("after", "state", "reason", "decided_at"),
        lambda person: {"decider": person.pseudonym},
    ),
    Holding(
        "catalogue.CatalogueChange",
        _("Changes of the catalogue that I made"),
        _by("actor_id"),
        ("what", "before", "after", "at"),
        lambda person: {"actor": person.pseudonym},
    ),
    Holding(
        "accounts.RoleChange",
        _("Roles given and taken by me"),
        _by("actor_id"),
        ("role", "is_given", "at"),
        lambda person: {"actor": person.pseudonym},
    ),
    Holding(
        "accounts.ApiToken",
        _("Keys to the API"),
        _by("user"),
        ("name", "prefix", "scopes", "networks", "created_at", "expires_at", "last_used_at", "revoked_at"),
        Fate.DELETED,
    ),
    Holding(
        "mfa.Authenticator",
        _("Second factors"),
        _by("user"),
        ("type", "created_at", "last_used_at"),
        Fate.DELETED,
    ),
    Holding(
        "usersessions.UserSession",
        _("Sessions"),
        _by("user"),
        ("ip", "user_agent", "created_at", "last_seen_at"),
        Fate.DELETED,
    ),
    Holding(
        "socialaccount.SocialAccount",
        _("Accounts elsewhere"),
        _by("user"),
        ("provider", "uid", "extra_data", "date_joined"),
        Fate.DELETED,
    ),
    Holding(
        "admin.LogEntry", _("Changes in the console"), _by("user"), ("action_time", "action_flag"), Fate.KEPT
    ),
    Holding(
        "orders.OrderGroup",
        _("Purchases"),
        _by("buyer"),
        (
            "number",
            "platform__code",
            "placed_at",
            "currency",
            "items_total",
            "delivery_fee",
            "grand_total",
            "email",
            "recipient",
            "street",
            "postal_code",
            "city",
            "country",
            "window_start",
            "window_end",
        ),
        _blank(
            token="",
            email="",
            recipient="",
            street="",
            postal_code="",
            city="",
            latitude=None,
            longitude=None,
        ),
    ),
    Holding(
        "orders.OrderLine",
        _("Goods bought"),
        _by("buyer"),
        ("order__group__number", "title", "quantity", "unit_price", "discount", "total", "placed_at"),
        Fate.KEPT,
    ),
    Holding(
        "orders.OrderStatusChange",
        _("Steps of orders"),
        lambda person: Q(order__group__buyer=person.id, actor__in=person.names),
        ("order__group__number", "old", "new", "at"),
        lambda person: {"actor": person.pseudonym},
    ),
    Holding(
        "aftersale.ReturnRequest",
        _("Goods sent back"),
        _by("buyer"),
        ("number", "order__group__number", "state", "reason", "wish", "note", "amount", "requested_at"),
        _blank(note="", carrier="", tracking_number=""),
    ),
    Holding(
        "aftersale.ReturnPhoto", _("Photos of goods sent back"), _by("request__buyer"), ("at",), Fate.DELETED
    ),
    Holding(
        "aftersale.ReturnStep",
        _("Steps of returns"),
        lambda person: Q(request__buyer=person.id, actor__in=person.names),
        ("request__number", "old", "new", "at"),
        lambda person: {"actor": person.pseudonym},
    ),
    Holding(
        "aftersale.Dispute",
        _("Disputes"),
        _by("buyer"),
        ("number", "order__group__number", "kind", "state", "claim", "given_back", "opened_at"),
        Fate.KEPT,
    ),
    Holding(
        "aftersale.DisputeEntry",
        _("What I said in disputes"),
        lambda person: Q(dispute__buyer=person.id, actor__in=person.names),
        ("dispute__number", "text", "file_name", "at"),
        lambda person: {"actor": person.pseudonym},  # the words stay for as long as the law asks
    ),
    Holding(
        "payments.Payment",
        _("Payments"),
        lambda person: Q(reference__in=person.purchases),
        ("reference", "state", "currency", "authorised", "captured", "refunded"),
        _blank(method_token="", step_url=""),
    ),
    Holding(
        "promotions.Redemption", _("Coupons used"), _by("buyer"), ("coupon__code", "reference"), Fate.KEPT
    ),
    Holding("promotions.FlashClaim", _("Flash sales"), _by("buyer"), ("reference",), Fate.KEPT),
    Holding(
        "promotions.FlashBuyer", _("Units bought in flash sales"), _by("buyer"), ("promoted_id",), Fate.KEPT
    ),
    Holding(
        "promotions.BuyingGroup",
        _("Buying groups opened"),
        _by("opened_by"),
        ("listing__title", "state", "deadline"),
        Fate.KEPT,
    ),
    Holding(
        "promotions.GroupMember",
        _("Buying groups joined"),
        _by("buyer"),
        ("reference", "joined_at", "has_left"),
        Fate.KEPT,
    ),
    Holding(
        "pricing.GroupedBuyer",
        _("Groups with prices of their own"),
        _by("buyer"),
        ("group__name",),
        Fate.DELETED,
    ),
    Holding(
        "wallets.Wallet",
        _("Gift cards, credit and points"),
        _by("owner"),
        ("kind", "last_four", "currency"),
        Fate.KEPT,
    ),
    Holding(
        "wallets.Movement",
        _("What gift cards, credit and points were used for"),
        lambda person: Q(wallet__owner=person.id, actor__in=person.names),
        ("reason", "reference"),
        lambda person: {"actor": person.pseudonym},
    ),
    Holding(
        "reviews.Review",
        _("Reviews"),
        _by("author"),
        (
            "line__title",
            "stars",
            "merchant_stars",
            "delivery_stars",
            "title",
            "text",
            "state",
            "written_at",
            "edited_at",
        ),
        lambda person: {"fingerprint": ""},  # the words stay, without the writer's own names in them
    ),
    Holding(
        "reviews.ReviewPicture",
        _("Pictures in reviews"),
        _by("review__author"),
        ("review__line__title", "place", "width", "height", "image"),
        Fate.DELETED,
    ),
    Holding(
        "reviews.ReviewReply",
        _("Replies to reviews"),
        _by("author"),
        ("text", "written_at", "edited_at"),
        Fate.KEPT,  # the merchant's word, without the writer's own names in it
    ),
    Holding(
        "reviews.Question",
        _("Questions"),
        _by("author"),
        ("listing__title", "text", "state", "written_at"),
        lambda person: {"fingerprint": ""},
    ),
    Holding(
        "reviews.Answer",
        _("Answers"),
        _by("author"),
        ("question__text", "text", "state", "written_at"),
        lambda person: {"fingerprint": ""},
    ),
    Holding(
        "reviews.Vote",
        _("What I found helpful"),
        _by("voter"),
        ("review_id", "answer_id", "is_helpful", "at"),
        Fate.DELETED,
    ),
    Holding(
        "reviews.Report",
        _("What I reported"),
        _by("reporter"),
        ("review_id", "question_id", "answer_id", "reason", "words", "at"),
        _blank(words=""),
    ),
    Holding(
        "reviews.Ruling",
        _("What I decided about the words of others"),
        _by("actor_id"),
        ("review_id", "question_id", "answer_id", "new", "reason", "at"),
        lambda person: {"actor": person.pseudonym},
    ),
    Holding(
        "notices.Notice",
        _("Notices"),
        _by("user"),
        ("platform__code", "kind", "listing__title", "values", "at", "read_at", "mailed_at"),
        Fate.DELETED,
    ),
    Holding(
        "wishlists.Wish",
        _("Goods on lists"),
        _by("wishlist__owner"),
        ("wishlist__name", "listing__title", "price_known", "added_at"),
        Fate.DELETED,
    ),
    Holding(
        "wishlists.Wishlist",
        _("Lists"),
        lambda person: Q(owner=person.id) | Q(visitor=person.visitor),
        ("platform__code", "name", "token", "created_at"),
        Fate.DELETED,
    ),
    Holding("following.Profile", _("Public profile"), _by("user"), ("handle", "since"), Fate.DELETED),
    Holding(
        "following.PersonFollow",
        _("Shoppers I follow"),
        _by("follower"),
        ("followed__profile__handle", "since"),
        Fate.DELETED,
    ),
    Holding("following.PersonFollow", _("Shoppers who follow me"), _by("followed"), ("since",), Fate.DELETED),
    Holding(
        "accounts.Invitation",
        _("Invitations"),
        lambda person: Q(inviter=person.id) | Q(accepted_by=person.id) | Q(email__in=person.emails),
        ("email", "role", "platform__code", "merchant_id", "invited_at", "closed_at"),
        Fate.DELETED,
    ),
    Holding(
        "foundation.OutboxEvent",
        _("Told of whom I follow"),
        lambda person: (
            Q(kind="PersonFollowed", done_at__isnull=False)
            & (Q(payload__follower_id=person.id) | Q(payload__followed_id=person.id))
        ),
        ("kind", "recorded_at"),
        Fate.DELETED,
    ),
    Holding(
        "behaviour.BehaviourEvent",
        _("What I looked at"),
        lambda person: Q(user=person.id) | Q(visitor=person.visitor),
        ("kind", "platform__code", "listing_id", "merchant_id", "placement", "value", "words", "at"),
        Fate.DELETED,
    ),
    Holding(
        "behaviour.ProfileLine",
        _("What we think I like"),
        lambda person: Q(profile__user=person.id),
        ("platform__code", "axis", "key", "mass", "acts", "last_at"),
        Fate.DELETED,
    ),
    Holding(
        "behaviour.Profile",
        _("Since when a profile of mine is kept"),
        _by("user"),
        ("platform__code", "since"),
        Fate.DELETED,
    ),
    Holding(
        "behaviour.RemovedLine",
        _("What I took off my profile"),
        _by("user"),
        ("platform__code", "axis", "key", "until"),
        Fate.DELETED,
    ),
    Holding(
        "behaviour.ForgottenSpan",
        _("Times whose acts I had deleted"),
        _by("user"),
        ("platform__code", "since", "until"),
        Fate.DELETED,
    ),
    Holding(
        "behaviour.Mute",
        _("What I do not want recommended"),
        lambda person: Q(user=person.id) | Q(visitor=person.visitor),
        ("platform__code", "kind", "key", "at"),
        Fate.DELETED,
    ),
    Holding(
        "experiments.Exposure",
        _("Experiments I took part in, and what I was shown"),
        _by("user"),
        ("platform__code", "experiment__name", "arm__variant", "at"),
        Fate.DELETED,
    ),
    Holding(
        "behaviour.Follow", _("Merchants followed"), _by("user"), ("merchant__name", "since"), Fate.DELETED
    ),
    Holding(
        "marketing.CampaignRecipient",
        _("Campaigns that reached me"),
        _by("user"),
        ("campaign__name",),
        Fate.DELETED,
    ),
    Holding(
        "checkout.CartLine",
        _("Goods in carts"),
        _by("cart__user"),
        ("listing__title", "quantity"),
        Fate.DELETED,
    ),
    Holding(
        "checkout.Cart",
        _("Carts"),
        lambda person: Q(user=person.id) | Q(visitor=person.visitor),
        ("platform__code", "status", "coupon_code", "created_at"),
        Fate.DELETED,
    ),
    Holding(
        "ucp.Session",
        _("Shopping through an assistant"),
        _of_an_agent,
        ("agent", "status", "opened_at"),
        _blank(details={}),
    ),
    Holding(
        "ucp.KeptAnswer",
        _("Answers given to an assistant"),
        lambda person: Q(session__group__number__in=person.purchases),
        ("at",),
        Fate.DELETED,
    ),
    Holding(
        "importing.HouseholdProfile",
        _("Household, as imported"),
        _by("user"),
        (
            "age",
            "income",
            "home_ownership",
            "marital_status",
            "household_size",
            "household_comp",
            "kids_count",
        ),
        Fate.DELETED,
    ),
    Holding(
        "foundation.IdempotencyRecord",
        _("Answers kept for repeated requests"),
        lambda person: Q(scope__endswith=f":{person.visitor}"),
        ("scope", "at"),
        Fate.DELETED,
    ),
    Holding(
        "foundation.OutboxEvent",
        _("Acts told to other parts"),
        lambda person: Q(
            kind__in=("BehaviourSeen", "ActsSeen"), payload__user_id=person.id, done_at__isnull=False
        ),
        ("kind", "recorded_at"),
        Fate.DELETED,
    ),
    Holding(
        "privacy.Export", _("Copies of my data"), _by("user"), ("requested_at", "ready_at"), Fate.DELETED
    ),
)

IMPERSONAL: Mapping[str, str] = {
    "accounts.Platform": "markets",
    "discovery.PreferenceClass": "words about goods",
    "webhooks.Endpoint": "addresses of programs",
    "webhooks.Delivery": "tells of orders and goods, not of people",
    "webhooks.Attempt": "what a program answered",
    "account.EmailConfirmation": "goes with its address",
    "socialaccount.SocialApp": "providers",
    "socialaccount.SocialToken": "none are kept, and goes with its account",
    "auth.Permission": "words of the framework",
    "auth.Group": "words of the framework",
    "contenttypes.ContentType": "words of the framework",
    "sessions.Session": "sealed; the person's own are ended by the list of sessions",
    "procrastinate.ProcrastinateWorker": "jobs carry ids only",
    "procrastinate.ProcrastinateJob": "jobs carry ids only",
    "procrastinate.ProcrastinateEvent": "jobs carry ids only",
    "procrastinate.ProcrastinatePeriodicDefer": "jobs carry ids only",
    "foundation.Effect": "names of consumers",
    "merchants.Merchant": "businesses",
    "ucp.Agent": "programs",
    "ucp.Telling": "keys and times",
    "reviews.MerchantScore": "sums",
    "catalogue.Category": "goods",
    "catalogue.Product": "goods",
    "catalogue.Variant": "goods",
    "catalogue.Listing": "goods",
    "catalogue.Brand": "goods",
    "catalogue.ProductPicture": "goods",
    "media.Picture": "goods, by digest",
    "catalogue.Attribute": "goods",
    "catalogue.AttributeValue": "goods",
    "catalogue.SearchWord": "words of goods",
    "pricing.CustomerGroup": "names of groups",
    "pricing.PriceList": "prices",
    "pricing.TaxSettings": "taxes",
    "pricing.CategoryTax": "taxes",
    "payments.HeardEvent": "money by key, as the provider signed it",
    "payments.EventVerdict": "money by key",
    "payments.BookDifference": "money by key, and the officer who closed it",
    "payments.Comparison": "money by key",
    "payments.Chargeback": "money by key",
    "payments.ChargebackEvidence": "evidence in a dispute, kept for as long as the law asks",
    "promotions.Promotion": "offers",
    "promotions.Coupon": "offers",
    "ledger.Account": "books by key",
    "ledger.JournalEntry": "books by key",
    "ledger.LedgerEntry": "books by key",
    "ledger.Correction": "books, and by key who agreed",
    "stock.Warehouse": "places of business",
    "stock.StockMovement": "goods by key",
    "stock.Reservation": "goods by key",
    "payments.Refund": "money by key",
    "payouts.PayoutTerms": "businesses",
    "payouts.Payout": "money of businesses, and by key who agreed",
    "payouts.PayoutLine": "books by key",
    "payouts.PayoutAttempt": "money by key",
    "payouts.SandboxTransfer": "money by key",
    "commission.CommissionRule": "what was agreed with businesses, and by key who set it",
    "commission.CommissionLine": "books by key",
    "payments.SandboxCharge": "money by key",
    "experiments.Experiment": "questions, and by key who drafted them",
    "experiments.Arm": "what is shown",
    "experiments.Look": "sums",
    "orders.Order": "goes with its purchase",
    "orders.Fulfilment": "parcels by key, and who sent them",
    "orders.FulfilmentLine": "goods by key",
    "orders.LineRefund": "money by key",
    "aftersale.ReturnTerms": "terms of markets",
    "aftersale.ReturnLine": "goods by key",
    "aftersale.Exchange": "goods by key",
    "delivery.Vehicle": "vans",
    "delivery.Shipment": "parcels by key",
    "delivery.ShipmentPart": "parcels by key",
    "delivery.TrackingEvent": "parcels by key",
    "delivery.RoutePlan": "tours by key",
    "delivery.Route": "tours by key",
    "planning.ForecastRun": "goods",
    "planning.Forecast": "goods",
    "planning.ReorderProposal": "goods, and by key who decided",
    "planning.PurchaseOrder": "goods",
    "recommendations.RecommenderModel": "learned numbers; the next training leaves the person out",
    "marketing.Campaign": "offers",
    "importing.ImportedSource": "files",
    "importing.ImportedChunk": "files",
    "importing.SetAside": "shapes of tables",
    "health.WeeklyFigure": "sums",
    "alliance.Member": "markets",
    "alliance.Grant": "markets",
    "alliance.GatewayMessage": "markets",
    "alliance.AuditEvent": "acts of officers, sealed by a chain of hashes that the alliance must keep",
    "alliance.LakeBatch": "shapes of tables",
    "alliance.LakeInbox": "rows by key; follows PersonErased",
    "alliance.LakeQuarantine": "rows by key; follows PersonErased",
    "alliance.JobRun": "sums",
    "alliance.SettlementItem": "money between markets",
    "alliance.SettlementBatch": "money between markets",
}
