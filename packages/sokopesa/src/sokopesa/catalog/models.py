"""What is for sale: goods in categories, and the offers that sellers make for them."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Q

COUNTRY_CODE = r"^[A-Z]{2}$"


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
    that shoppers type for the same thing ("simu", "powerbank"). ``search`` is kept by the database: English stems of
    everything said about the goods, the title weighing most, and the title's and keywords' words as they are
    written, so that the beginning of a word finds it too.
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
    search = models.GeneratedField(
        expression=(
            SearchVector("title", weight="A", config="english")
            + SearchVector("title", "keywords", weight="A", config="simple")
            + SearchVector("brand", "keywords", weight="B", config="english")
            + SearchVector("description", weight="C", config="english")
            + SearchVector("details", weight="D", config="english")
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [
            GinIndex(fields=["search"], name="product_search"),
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


class Offer(models.Model):
    """One seller's price, stock and delivery estimate for a product.

    ``price_minor`` is for one piece, ``shipping_minor`` for one order whatever its quantity, both in cents of
    ``currency``. ``ships_from`` is read by people, ``ships_from_country`` (ISO 3166-1 alpha-2) tells imports.
    """

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="offers")
    seller = models.ForeignKey("people.Seller", on_delete=models.PROTECT, related_name="offers")
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, choices=Currency.choices)
    shipping_minor = models.BigIntegerField(default=0)
    stock = models.IntegerField()
    ships_from = models.CharField(max_length=60)
    ships_from_country = models.CharField(max_length=2)
    min_days = models.PositiveSmallIntegerField()
    max_days = models.PositiveSmallIntegerField()
    day_rule = models.CharField(max_length=8, choices=DayRule.choices)
    is_live = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "seller"], name="offer_once_per_seller"),
            models.CheckConstraint(condition=Q(price_minor__gt=0), name="offer_costs_something"),
            models.CheckConstraint(condition=Q(shipping_minor__gte=0), name="offer_shipping_not_negative"),
            models.CheckConstraint(condition=Q(stock__gte=0), name="offer_stock_not_negative"),
            models.CheckConstraint(
                condition=Q(min_days__gt=0) & Q(max_days__gte=F("min_days")), name="offer_delivery_window"
            ),
            models.CheckConstraint(condition=Q(currency__in=Currency.values), name="offer_currency_known"),
            models.CheckConstraint(condition=Q(day_rule__in=DayRule.values), name="offer_day_rule_known"),
            models.CheckConstraint(
                condition=Q(ships_from_country__regex=COUNTRY_CODE) & ~Q(ships_from=""), name="offer_origin_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} from {self.seller}"

    @property
    def is_import(self) -> bool:
        """Whether the parcel comes from outside Kenya, so that duty, VAT or levies may fall due on arrival."""
        return self.ships_from_country != "KE"

    @property
    def is_sold_out(self) -> bool:
        """Whether no piece is left."""
        return self.stock == 0


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
