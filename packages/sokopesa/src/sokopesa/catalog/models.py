"""What is for sale: goods in categories, and the offers that sellers make for them."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property

COUNTRY_CODE = r"^[A-Z]{2}$"

MOST_HANDLING_DAYS = 20
MOST_TRANSIT_DAYS = 120
"""Who needs longer has nothing to sell yet."""


class Category(models.Model):
    """A shelf of the shop. ``picture`` is a static path, shown on the shelf's tile."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=60, unique=True)
    blurb = models.CharField(max_length=160)
    position = models.PositiveSmallIntegerField()
    picture = models.CharField(max_length=120)

    class Meta:
        ordering = ["position", "id"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """One kind of goods, described once, sold by any number of sellers.

    ``details`` is a list of ``[name, value]`` pairs in the order in which they are shown. ``keywords`` are other words
    that shoppers type for the same thing ("simu", "powerbank"). Searches go by `ListedProduct`.
    """

    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=120)
    description = models.TextField()
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="products")
    brand = models.CharField(max_length=60)
    keywords = models.CharField(max_length=160, blank=True, default="")
    details = models.JSONField(default=list)
    picture = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [
            models.Index(F("category"), F("created_at").desc(), F("id"), name="product_newest_of_category"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(title="") & ~Q(description="") & ~Q(picture=""), name="product_is_described"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Currency(models.TextChoices):
    """Currencies in which a seller may name a price. Buyers pay in shillings only."""

    KES = "KES", "Kenyan shilling"
    USD = "USD", "US dollar"


class DayRule(models.TextChoices):
    """Which days a delivery estimate counts."""

    CALENDAR = "calendar", "days"
    BUSINESS = "business", "business days"


class Variant(models.Model):
    """A product in one of the makes in which it is sold: this size, that colour.

    ``options`` is a list of ``[name, value]`` pairs, such as ``["Size", "42"]``, in the product's own order; ``name``
    says the same in a few words. Goods that come in one make have one variant, without a name. ``picture`` is a static
    path, or "" where the product's picture shows it well enough.
    """

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="variants")
    name = models.CharField(max_length=80, blank=True, default="")
    options = models.JSONField(default=list, blank=True)
    picture = models.CharField(max_length=120, blank=True, default="")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["product", "name"], name="variant_once_per_product"),
            models.UniqueConstraint(fields=["id", "product"], name="variant_and_product"),
        ]

    def __str__(self) -> str:
        return self.name or "the only one"


class ShippingProfile(models.Model):
    """Where a seller sends goods from, how long it packs them, and (`ShippingMethod`) how they travel.

    ``handling_days`` are Kenyan business days from payment to the parcel's leaving. ``ships_from`` is read by people,
    ``ships_from_country`` (ISO 3166-1 alpha-2) tells imports. All that is priced under a profile is priced in its
    ``currency``, so that an order needs one exchange rate.
    """

    seller = models.ForeignKey("people.Seller", on_delete=models.PROTECT, related_name="shipping_profiles")
    name = models.CharField(max_length=60)
    ships_from = models.CharField(max_length=60)
    ships_from_country = models.CharField(max_length=2)
    handling_days = models.PositiveSmallIntegerField(default=3)
    currency = models.CharField(max_length=3, choices=Currency.choices, default=Currency.KES)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["seller", "name"], name="profile_once_per_seller"),
            models.UniqueConstraint(fields=["id", "currency"], name="profile_and_currency"),
            models.UniqueConstraint(fields=["id", "seller", "currency"], name="profile_and_seller"),
            models.CheckConstraint(condition=~Q(name=""), name="profile_has_a_name"),
            models.CheckConstraint(
                condition=Q(handling_days__gte=1, handling_days__lte=MOST_HANDLING_DAYS), name="profile_handling_days"
            ),
            models.CheckConstraint(condition=Q(currency__in=Currency.values), name="profile_currency_known"),
            models.CheckConstraint(
                condition=Q(ships_from_country__regex=COUNTRY_CODE) & ~Q(ships_from=""), name="profile_origin_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_import(self) -> bool:
        """Whether parcels come from outside Kenya, so that duty, VAT or levies may fall due on arrival."""
        return self.ships_from_country != "KE"

    @cached_property
    def live_methods(self) -> list[ShippingMethod]:
        """The ways that a buyer may choose, the cheapest first and of equally cheap ones the fastest; read once. No
        query where the methods were prefetched."""
        return sorted((each for each in self.methods.all() if each.is_live), key=ShippingMethod.place)


class ShippingMethod(models.Model):
    """One way in which a profile's parcels travel, what it costs, and how long it takes.

    ``cost_minor`` is for one order whatever its quantity, in cents of ``currency``. ``min_days`` and ``max_days``
    count from the end of handling, by ``day_rule``; nought is the day on which the parcel leaves. ``is_tracked`` says
    that the carrier tells where the parcel is, ``to_po_box`` that it goes to post office boxes.
    """

    profile = models.ForeignKey(ShippingProfile, on_delete=models.PROTECT, related_name="methods")
    name = models.CharField(max_length=60)
    cost_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, choices=Currency.choices, default=Currency.KES)
    min_days = models.PositiveSmallIntegerField()
    max_days = models.PositiveSmallIntegerField()
    day_rule = models.CharField(max_length=8, choices=DayRule.choices)
    is_tracked = models.BooleanField(default=False)
    to_po_box = models.BooleanField(default=False)
    is_live = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["profile", "name"], name="method_once_per_profile"),
            models.CheckConstraint(condition=~Q(name=""), name="method_has_a_name"),
            models.CheckConstraint(condition=Q(cost_minor__gte=0), name="method_cost_not_negative"),
            models.CheckConstraint(
                condition=Q(max_days__gte=F("min_days"), max_days__lte=MOST_TRANSIT_DAYS), name="method_window"
            ),
            models.CheckConstraint(condition=Q(day_rule__in=DayRule.values), name="method_day_rule_known"),
        ]

    def __str__(self) -> str:
        return self.name

    def place(self) -> tuple[int, int, int, int, int]:
        """Orders methods from the cheapest to the dearest, and equally dear ones from the fastest to the slowest."""
        weight = 7 if self.day_rule == DayRule.BUSINESS else 5  # five business days take a week
        return (self.cost_minor, self.max_days * weight, self.min_days * weight, self.position, self.pk or 0)


class OfferQuerySet(models.QuerySet["Offer"]):
    """Offers with what pages and checkouts read of them."""

    def with_terms(self) -> OfferQuerySet:
        """With variant, seller, profile and shipping methods: two queries, however many offers there are."""
        return self.select_related("variant", "seller", "profile").prefetch_related("profile__methods")


class Offer(models.Model):
    """One seller's price and stock of one variant of a product, and the profile by which it is sent.

    ``price_minor`` is for one piece, in cents of ``currency``, which is the profile's. That the variant is one of the
    product's, and the profile one of the seller's, is held by foreign keys of two columns and three
    (``migrations/0003_variants.py``).
    """

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="offers")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="offers")
    seller = models.ForeignKey("people.Seller", on_delete=models.PROTECT, related_name="offers")
    profile = models.ForeignKey(ShippingProfile, on_delete=models.PROTECT, related_name="offers")
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, choices=Currency.choices)
    stock = models.IntegerField()
    is_live = models.BooleanField(default=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["currency", "product"], condition=~Q(currency=Currency.KES), name="offer_in_foreign_money"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["variant", "seller"], name="offer_once_per_seller"),
            models.CheckConstraint(condition=Q(price_minor__gt=0), name="offer_costs_something"),
            models.CheckConstraint(condition=Q(stock__gte=0), name="offer_stock_not_negative"),
            models.CheckConstraint(condition=Q(currency__in=Currency.values), name="offer_currency_known"),
        ]

    def __str__(self) -> str:
        return f"{self.product} from {self.seller}"

    @property
    def is_import(self) -> bool:
        """Whether the parcel comes from outside Kenya, so that duty, VAT or levies may fall due on arrival."""
        return self.profile.is_import

    @property
    def is_sold_out(self) -> bool:
        """Whether no piece is left."""
        return self.stock == 0

    @property
    def methods(self) -> list[ShippingMethod]:
        """The ways in which it can be sent, the default first; none means that it cannot be bought. No query after
        `OfferQuerySet.with_terms`."""
        return self.profile.live_methods

    @property
    def default_method(self) -> ShippingMethod | None:
        """The cheapest way, and of equally cheap ones the fastest: what a buyer gets who does not choose."""
        return next(iter(self.methods), None)

    def method(self, method_id: int | None) -> ShippingMethod | None:
        """The way that was chosen, if it is one of this offer's and still live; otherwise the default."""
        return next((each for each in self.methods if each.pk == method_id), self.default_method)


class ExchangeRate(models.Model):
    """What one unit of a currency cost in shillings on a day (of Nairobi), and who says so."""

    currency = models.CharField(max_length=3, choices=Currency.choices)
    kes_per_unit = models.DecimalField(max_digits=12, decimal_places=4)
    as_of = models.DateField()
    source = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["currency", "as_of"], name="rate_once_per_day"),
            models.CheckConstraint(condition=Q(kes_per_unit__gt=0), name="rate_positive"),
            models.CheckConstraint(condition=~Q(source=""), name="rate_has_a_source"),
            models.CheckConstraint(
                condition=Q(currency__in=Currency.values) & ~Q(currency=Currency.KES), name="rate_of_foreign_currency"
            ),
        ]

    def __str__(self) -> str:
        return f"1 {self.currency} = KES {self.kes_per_unit} on {self.as_of}"


class ListedRate(models.Model):
    """The rate by which `ListedProduct` has a currency's prices, None while the currency has no usable one.

    ``done_to`` is the last product that was listed by it, None when all are (`sokopesa.catalog.listed.follow_rates`).
    """

    currency = models.CharField(max_length=3, choices=Currency.choices, primary_key=True)
    kes_per_unit = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    done_to = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.currency} listed at {self.kes_per_unit}"


class ListedProduct(models.Model):
    """A product as lists, filters and searches read it. The database keeps it true (``migrations/0006_listing.py``).

    ``is_buyable`` says that a seller has it, can send it, and asks a price that we can tell. Then ``price_cents`` is
    the lowest price of one piece with delivery, and ``ships_from_kenya`` whether any such seller sends it from Kenya.
    ``slowness`` is that of the soonest offer, to its latest day of arrival, in fifths of a calendar day: a business
    day is seven, as five of them take a week. ``leaves_after`` are the business days after which its method counts
    calendar days, 0 where it counts business days only. Each offer goes by its default method.

    ``search`` has what is said about the goods, and marks: ``=c`` with the shelf's id, ``=b`` with the brand in small
    letters, ``~`` before each word of the title.
    """

    product = models.OneToOneField(Product, on_delete=models.CASCADE, primary_key=True, related_name="listed")
    price_cents = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+", db_index=False)
    slowness = models.SmallIntegerField(null=True)
    leaves_after = models.SmallIntegerField(null=True)
    is_buyable = models.BooleanField(default=False)
    ships_from_kenya = models.BooleanField(default=False)
    brand = models.CharField(max_length=60)
    search = SearchVectorField()

    class Meta:
        indexes = [
            GinIndex(fields=["search"], name="listed_search", fastupdate=False),
            models.Index(F("is_buyable").desc(), F("price_cents"), F("product"), name="listed_by_price"),
            models.Index(
                F("is_buyable").desc(), F("slowness"), F("price_cents"), F("product"), name="listed_by_slowness"
            ),
            models.Index(F("is_buyable").desc(), F("created_at").desc(), F("product"), name="listed_by_age"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    is_buyable=True, price_cents__isnull=False, slowness__isnull=False, leaves_after__isnull=False
                )
                | Q(
                    is_buyable=False,
                    price_cents__isnull=True,
                    slowness__isnull=True,
                    leaves_after__isnull=True,
                    ships_from_kenya=False,
                ),
                name="listed_with_terms_or_none",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} as it is listed"


class KnownWord(models.Model):
    """A word of the catalogue, or a stem, and in how many products it was when words were last counted.

    ``is_name`` words stand in a title, a brand, a shelf's name or among keywords, as they are written; they are what a
    mistyped word may have been meant for.
    """

    word = models.CharField(max_length=40, primary_key=True, db_collation="C")
    products = models.IntegerField()
    is_name = models.BooleanField()

    def __str__(self) -> str:
        return self.word


class WordSlip(models.Model):
    """One way to mistype a known word, see `sokopesa.catalog.slips`."""

    slip = models.CharField(max_length=8, db_collation="C")
    word = models.ForeignKey(KnownWord, on_delete=models.CASCADE, related_name="slips")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["slip", "word"], name="slip_once_per_word")]

    def __str__(self) -> str:
        return f"{self.slip} for {self.word_id}"
