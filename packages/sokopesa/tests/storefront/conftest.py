"""A shop to walk through: a shelf, goods with vendors at home and abroad, a buyer, and orders in every state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest
from django.test import Client
from selling import make_offer

from sokopesa.catalog.models import Category, ExchangeRate, Offer, Product
from sokopesa.kernel import clock
from sokopesa.orders import checkout as steps
from sokopesa.orders.models import Checkout, Purchase
from sokopesa.payments import prompts
from sokopesa.payments.crediting import Payment, credit_payments
from sokopesa.payments.models import Prompt
from sokopesa.people.models import Address, Seller, User
from sokopesa.refunds.models import Refund

PICTURE = "storefront/logo.svg"
SAFARICOM = "254712345678"


@dataclass
class Shop:
    """Makes what a page needs, by the same actions that the shop uses."""

    now: datetime = field(default_factory=clock.now)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def shelf(self, slug: str = "light", name: str = "Solar & lighting") -> Category:
        return Category.objects.get_or_create(
            slug=slug,
            defaults={"name": name, "blurb": "Light after dark.", "position": next(self.numbers), "picture": PICTURE},
        )[0]

    def product(self, title: str = "Solar lantern with radio", **values: object) -> Product:
        number = next(self.numbers)
        defaults: dict[str, object] = {
            "slug": f"product-{number}",
            "title": title,
            "description": "Bright for a whole evening.\n\nCharges in the sun.",
            "category": self.shelf(),
            "brand": "Mwangaza",
            "details": [["Weight", "300 g"], ["Battery", "2,000 mAh"]],
            "picture": PICTURE,
            "created_at": self.now - timedelta(minutes=number),
        }
        return Product.objects.create(**{**defaults, **values})

    def offer(self, product: Product | None = None, *, seller: str = "", **values: object) -> Offer:
        number = next(self.numbers)
        shop = Seller.objects.create(
            name=seller or f"Seller {number}",
            slug=f"seller-{number}",
            town="Nairobi",
            country=values.get("ships_from_country", "KE"),
            joined_on=date(2024, 1, 1),
        )
        defaults: dict[str, object] = {
            "product": product or self.product(),
            "seller": shop,
            "price_minor": 125_000,
            "currency": "KES",
            "shipping_minor": 0,
            "stock": 9,
        }
        return make_offer(**{**defaults, **values})

    def import_offer(self, product: Product | None = None, **values: object) -> Offer:
        ExchangeRate.objects.get_or_create(
            currency="USD",
            as_of=clock.nairobi_date(self.now),
            defaults={"kes_per_unit": Decimal("129.30"), "source": "Central Bank of Kenya"},
        )
        abroad: dict[str, object] = {
            "price_minor": 700,
            "currency": "USD",
            "ships_from": "Shenzhen, China",
            "ships_from_country": "CN",
            "min_days": 14,
            "max_days": 21,
        }
        return self.offer(product, **{**abroad, **values})

    def buyer(self, phone: str = SAFARICOM) -> User:
        return User.objects.create_user(phone, name="Jane Wanjiru")

    def address(self, user: User, **values: object) -> Address:
        box: dict[str, object] = {
            "user": user,
            "kind": "po_box",
            "recipient": "Jane Wanjiru Otieno",
            "phone": user.phone,
            "box_number": "12345",
            "postcode": "00100",
            "post_office": "Nairobi",
            "is_default": not user.addresses.exists(),
        }
        return Address.objects.create(**{**box, **values})

    def checkout(self, user: User, offer: Offer | None = None, *, msisdn: str = SAFARICOM) -> Checkout:
        """One with every question answered, ready to pay."""
        checkout = steps.start(offer_id=(offer or self.offer()).pk, quantity=1, buyer=user, now=self.now)
        steps.review(checkout=checkout)
        steps.deliver_to(checkout=checkout, address=user.addresses.first() or self.address(user))
        steps.pay_with_mpesa(checkout=checkout)
        steps.charge_number(checkout=checkout, msisdn=msisdn)
        return checkout

    def purchase(self, user: User, offer: Offer | None = None) -> Purchase:
        offer = offer or self.offer()
        checkout = self.checkout(user, offer)
        goods = -(-offer.price_minor // 100) * 100
        shipping = offer.methods[0].cost_minor
        return steps.place(checkout_id=checkout.pk, agreed_total_cents=goods + shipping, now=self.now)

    def prompt(self, purchase: Purchase, **values: object) -> Prompt:
        """A prompt in the state that ``values`` describe."""
        prompt = prompts.ask(purchase=purchase, msisdn=SAFARICOM, now=self.now)
        Prompt.objects.filter(pk=prompt.pk).update(**values)
        prompt.refresh_from_db()
        return prompt

    def sent(self, purchase: Purchase) -> Prompt:
        return self.prompt(purchase, state="sent", sent_at=self.now, checkout_request_id=f"ws_{purchase.number}")

    def refused(self, purchase: Purchase, code: str) -> Prompt:
        return self.prompt(purchase, state="refused", code=code, sent_at=self.now, ended_at=self.now, next_ask_at=None)

    def pay(self, purchase: Purchase) -> str:
        """The buyer enters the PIN; the receipt's number."""
        receipt = self.confirm(self.sent(purchase))
        purchase.refresh_from_db()
        return receipt

    def confirm(self, prompt: Prompt) -> str:
        """M-PESA confirms; the receipt's number."""
        payment = Payment(
            receipt=f"UKN{next(self.numbers):07d}",
            prompt_id=prompt.pk,
            amount_cents=prompt.amount_cents,
            paid_at=self.now,
            learned_from="callback",
        )
        credit_payments([payment], now=self.now)
        return payment.receipt

    def surplus(self, purchase: Purchase, cause: Refund.Cause, cents: int = 0) -> Refund:
        """Money that cannot stay arrives by hand, and is owed back."""
        payment = Payment(
            receipt=f"UKS{next(self.numbers):07d}",
            purchase_id=purchase.pk,
            amount_cents=cents or purchase.total_cents,
            paid_at=self.now,
            learned_from="confirmation",
            msisdn=purchase.buyer.phone,
        )
        credit_payments([payment], now=self.now)
        return Refund.objects.get(receipt=payment.receipt, cause=cause)


@pytest.fixture
def make_shop() -> type[Shop]:
    """For tests that open the database in their own way."""
    return Shop


@pytest.fixture
def shop(db: None) -> Shop:
    return Shop()


@pytest.fixture
def buyer(shop: Shop) -> User:
    return shop.buyer()


@pytest.fixture
def signed_in(client: Client, buyer: User) -> Client:
    client.force_login(buyer)
    return client
