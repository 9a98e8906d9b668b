"""What can be bought: Product > Variant > Offer of a merchant > Listing on a platform."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q

from hansa.foundation.tenancy import AppendOnlyModel, TenantModel


class Category(models.Model):
    """A node of the shared category tree, named in both languages."""

    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    slug = models.SlugField(max_length=120, unique=True)
    name = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120)
    art = models.CharField(max_length=30, default="box", help_text="Name of the drawing that stands for it.")

    class Meta:
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


class Brand(models.Model):
    """A maker's name. Rows come by themselves with the products that bear the name; people add the Chinese."""

    name = models.CharField(max_length=120, unique=True)
    name_zh = models.CharField(max_length=120, default="", blank=True)

    def __str__(self) -> str:
        return self.name


class Attribute(models.Model):
    """A property that variants can have: size, colour, fat content. Known to the whole alliance."""

    class Kind(models.TextChoices):
        TEXT = "text"
        NUMBER = "number"
        FLAG = "flag"

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    name_zh = models.CharField(max_length=60, default="", blank=True)
    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.TEXT)
    unit = models.CharField(max_length=12, default="", blank=True)
    is_axis = models.BooleanField(default=False, help_text="Variants of one product differ by it.")

    def __str__(self) -> str:
        return self.name


class AttributeValue(models.Model):
    """One value of an attribute, written as it is shown; numbers also as numbers."""

    attribute = models.ForeignKey(Attribute, on_delete=models.PROTECT, related_name="values")
    text = models.CharField(max_length=80)
    text_zh = models.CharField(max_length=80, default="", blank=True)
    number = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["attribute", "text"], name="one_row_per_attribute_value")
        ]

    def __str__(self) -> str:
        return self.text


class Product(models.Model):
    """The shared master record of a good, the same on every platform."""

    title = models.CharField(max_length=200)
    title_zh = models.CharField(max_length=200, default="", blank=True)
    brand = models.CharField(max_length=120, default="", blank=True)
    description = models.TextField(default="", blank=True)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="products")
    gtin = models.CharField(max_length=14, default="", blank=True)
    external_ref = models.CharField(max_length=64, unique=True, null=True, blank=True)
    cover = models.CharField(
        max_length=64,
        default="",
        db_default="",
        blank=True,
        help_text="Digest of its first picture, for lists.",
    )
    created_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["gtin"], condition=~Q(gtin=""), name="product_by_gtin")]

    def __str__(self) -> str:
        return self.title


class ProductPicture(models.Model):
    """A picture of a product in its place, with what it shows for those who cannot see it."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="pictures", db_index=False)
    picture = models.ForeignKey("media.Picture", on_delete=models.PROTECT, related_name="+", db_index=False)
    position = models.PositiveSmallIntegerField()
    alt = models.CharField(max_length=200, default="", blank=True)
    alt_zh = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["product", "position"], name="one_product_picture_per_place"),
            models.UniqueConstraint(fields=["product", "picture"], name="one_place_per_product_picture"),
        ]

    def __str__(self) -> str:
        return f"picture {self.position} of {self.product_id}"


class Variant(models.Model):
    """The thing with a SKU: one size or colour of a product."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="variants")
    sku = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=80, default="", blank=True)
    weight_g = models.PositiveIntegerField(default=500)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(weight_g__gt=0), name="variant_weighs_something")
        ]

    def __str__(self) -> str:
        return self.sku


class VariantValue(models.Model):
    """The value that a variant has of an attribute; at most one."""

    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="values", db_index=False)
    attribute = models.ForeignKey(Attribute, on_delete=models.PROTECT, related_name="+", db_index=False)
    value = models.ForeignKey(AttributeValue, on_delete=models.PROTECT, related_name="variants")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["variant", "attribute"], name="one_value_per_variant_attribute")
        ]

    def __str__(self) -> str:
        return f"{self.attribute_id} of {self.variant_id}"


class Offer(models.Model):
    """A merchant's offer of a variant: what is bought, stocked and forecast."""

    merchant = models.ForeignKey(
        "merchants.Merchant", on_delete=models.PROTECT, related_name="offers", db_index=False
    )
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="offers")
    unit_cost = models.PositiveBigIntegerField(help_text="What the merchant pays for one, in minor units.")
    pack_size = models.PositiveIntegerField(default=1, help_text="Suppliers do not split a pack.")
    lead_time_days = models.PositiveSmallIntegerField(default=3)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["merchant", "variant"], name="one_offer_per_merchant_and_variant"
            ),
            models.CheckConstraint(condition=Q(pack_size__gt=0), name="pack_holds_something"),
        ]

    def __str__(self) -> str:
        return f"offer {self.pk}"


class BundleComponent(AppendOnlyModel):
    """So many units of another offer that go with every unit of a bundle. Triggers keep bundles flat and of one merchant."""

    bundle = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="components", db_index=False)
    component = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="bundles")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bundle", "component"], name="one_row_per_bundle_component"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0) & ~Q(bundle=F("component")), name="bundle_holds_others"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.component_id} in {self.bundle_id}"


class Listing(TenantModel):
    """An offer shown on one platform, with its own price there.

    ``title``, ``category`` and ``merchant`` repeat the offer's, so that a page of listings is one query.
    """

    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="listings")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="listings")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    price = models.PositiveBigIntegerField(help_text="Minor units of the currency.")
    currency = models.CharField(max_length=3)
    is_active = models.BooleanField(default=True)
    is_held_back = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Hidden while its merchant is suspended, and shown again after it.",
    )
    listed_at = models.DateTimeField()
    # Words cut in Python (jieba), because PostgreSQL's own parser sees no words in Chinese.
    words = SearchVectorField(null=True)
    rating_sum = models.PositiveIntegerField(default=0)
    rating_count = models.PositiveIntegerField(default=0)
    sold_count = models.PositiveIntegerField(
        default=0, help_text="Units sold so far; a popularity hint, not stock."
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["platform", "offer"], name="one_listing_per_offer_and_platform"),
            models.CheckConstraint(condition=Q(price__gt=0), name="listing_costs_something"),
        ]
        indexes: ClassVar = [
            GinIndex(fields=["words"], name="listing_words"),
            models.Index(fields=["platform", "category", "-sold_count"], name="listing_by_category"),
            models.Index(fields=["platform", "-sold_count"], name="listing_by_popularity"),
            models.Index(fields=["platform", "merchant"], name="listing_by_merchant"),
        ]

    def __str__(self) -> str:
        return self.title


class Findable(models.Model):
    """What the search looks at: one narrow row for each listing that is shown, kept by triggers (migration 0003).

    No tenant's wall stands around it: it holds only what every visitor of the shop may see, and behind a wall
    PostgreSQL could not use the index of words, because matching words is not leakproof. The listings
    themselves are read through their wall.
    """

    listing = models.OneToOneField(Listing, on_delete=models.CASCADE, primary_key=True, related_name="+")
    platform_id = models.BigIntegerField()
    category_id = models.BigIntegerField()
    merchant_id = models.BigIntegerField()
    brand_id = models.BigIntegerField(null=True)
    price = models.BigIntegerField()
    stars = models.PositiveSmallIntegerField(help_text="Whole stars of the mean rating; 0 is not rated.")
    in_stock = models.BooleanField(default=True, help_text="As the stock last told, at most a minute ago.")
    attributes = ArrayField(models.BigIntegerField(), default=list)
    sold_count = models.PositiveIntegerField(help_text="As of the last minute.")
    listed_at = models.DateTimeField()
    words = SearchVectorField()

    class Meta:
        indexes: ClassVar = [
            GinIndex(fields=["words"], name="findable_words", fastupdate=False),
            GinIndex(fields=["attributes"], name="findable_attributes"),
            models.Index(fields=["platform_id", "-sold_count", "listing"], name="findable_by_popularity"),
            models.Index(
                fields=["platform_id", "category_id", "-sold_count", "listing"], name="findable_by_category"
            ),
            models.Index(fields=["platform_id", "merchant_id", "-sold_count"], name="findable_by_merchant"),
            models.Index(fields=["platform_id", "brand_id", "-sold_count"], name="findable_by_brand"),
            models.Index(fields=["platform_id", "price", "listing"], name="findable_by_price"),
            models.Index(fields=["platform_id", "-listed_at", "-listing"], name="findable_by_age"),
        ]

    def __str__(self) -> str:
        return f"findable {self.listing_id}"


class SearchWord(models.Model):
    """A Latin word that a shop knows, with what is left of it when letters are missed; kept by triggers."""

    platform_id = models.BigIntegerField()
    word = models.CharField(max_length=80)
    deletions = ArrayField(models.CharField(max_length=8))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["platform_id", "word"], name="one_row_per_search_word")
        ]
        indexes: ClassVar = [GinIndex(fields=["deletions"], name="search_word_deletions")]

    def __str__(self) -> str:
        return self.word


class SynonymGroup(TenantModel):
    """Phrases that mean the same in one platform's search."""

    phrases = ArrayField(models.CharField(max_length=60), size=12)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return " = ".join(self.phrases)


class ProductEdit(TenantModel):
    """What a merchant wants changed in a product: at once where nobody else offers it, else when the operator agrees.

    ``before`` and ``after`` hold the changed fields only. Names beside numbers: the trail outlives the accounts.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        APPLIED = "applied"
        REJECTED = "rejected"
        SUPERSEDED = "superseded"

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="edits")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    before = models.JSONField()
    after = models.JSONField()
    proposer = models.CharField(max_length=150)
    proposer_id = models.BigIntegerField(null=True)
    proposed_at = models.DateTimeField()
    decider = models.CharField(max_length=150, default="", blank=True)
    decider_id = models.BigIntegerField(
        null=True, help_text="Null while it waits, and where nobody had to decide."
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["platform", "product", "merchant"],
                condition=Q(state="waiting"),
                name="one_waiting_edit_per_product_and_merchant",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at__isnull=True)
                | (~Q(state="waiting") & Q(decided_at__isnull=False)),
                name="edit_waits_or_is_decided",
            ),
            models.CheckConstraint(condition=~Q(state="rejected") | ~Q(reason=""), name="no_means_why"),
        ]
        indexes: ClassVar = [models.Index(fields=["platform", "state", "-id"], name="edit_by_state")]

    def __str__(self) -> str:
        return f"{self.state} edit of {self.product_id}"


class CatalogueChange(AppendOnlyModel):
    """One change of what the alliance or a platform says of goods: who, when, what it was and what it became."""

    what = models.CharField(max_length=20, help_text="product, category, brand, attribute, price list, tax …")
    key = models.BigIntegerField(help_text="Of the row that changed.")
    platform_id = models.SmallIntegerField(null=True, blank=True)
    actor = models.CharField(max_length=150)
    actor_id = models.BigIntegerField(null=True, blank=True)
    before = models.JSONField()
    after = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["what", "key", "-id"], name="catalogue_change_of")]

    def __str__(self) -> str:
        return f"{self.what} {self.key} by {self.actor}"
