"""Purchases with sent prompts, put into the market's tables in bulk, past its code."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field

import psycopg
from psycopg.types.json import Jsonb

import daraja
from sokopesa.orders.numbers import new_number, reference

SHORTCODE = "174379"
CENTS = 100


@dataclass(frozen=True, slots=True)
class Sale:
    """A purchase that awaits payment, and the prompt that is on the buyer's phone for it."""

    number: str
    msisdn: str
    order_cents: tuple[int, ...]
    token: str = field(default_factory=daraja.callback_token)
    prompt: uuid.UUID = field(default_factory=uuid.uuid4)

    @property
    def reference(self) -> str:
        return reference(self.number)

    @property
    def total_cents(self) -> int:
        return sum(self.order_cents)

    @property
    def checkout_request_id(self) -> str:
        return f"ws_CO_{self.number}"


def draw(count: int, *, after: int, rng: random.Random) -> list[Sale]:
    """New sales, a quarter of them of two sellers' goods. ``after`` sales were drawn before."""
    return [
        Sale(
            number=new_number(),
            msisdn=f"2547{after + place:08d}",
            order_cents=tuple(CENTS * rng.randint(50, 5_000) for _ in range(1 + (rng.random() < 0.25))),
        )
        for place in range(count)
    ]


def plant(connection: psycopg.Connection[object], sales: list[Sale]) -> None:
    """Write them down, all or none."""
    with connection.transaction():
        _plant_people(connection, sales)
        _plant_purchases(connection, sales)
        _plant_prompts(connection, sales)


def _plant_people(connection: psycopg.Connection[object], sales: list[Sale]) -> None:
    connection.execute(
        "INSERT INTO people_seller (name, slug, about, town, country, joined_on)"
        " SELECT 'Seller ' || n, 'seller-' || n, '', 'Nairobi', 'KE', CURRENT_DATE FROM generate_series(1, 2) AS n"
        " ON CONFLICT DO NOTHING"
    )
    connection.execute(
        "INSERT INTO people_user (phone, password, is_superuser, name, language, is_staff, is_active, created_at)"
        " SELECT phone, '!', false, '', 'en', false, true, now() FROM unnest(%s::text[]) AS phone",
        [[sale.msisdn for sale in sales]],
    )


def _plant_purchases(connection: psycopg.Connection[object], sales: list[Sale]) -> None:
    connection.execute(
        """
        INSERT INTO orders_purchase
            (number, reference, buyer_id, state, goods_cents, shipping_cents, total_cents, placed_at)
        SELECT number, reference, buyer.id, 'awaiting_payment', cents, 0, cents, now()
        FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[]) AS sale(number, reference, phone, cents)
        JOIN people_user buyer USING (phone)
        """,
        [
            [sale.number for sale in sales],
            [sale.reference for sale in sales],
            [sale.msisdn for sale in sales],
            [sale.total_cents for sale in sales],
        ],
    )
    orders = [(sale, place, cents) for sale in sales for place, cents in enumerate(sale.order_cents, 1)]
    connection.execute(
        """
        INSERT INTO orders_order (purchase_id, number, seller_id, state, goods_cents, shipping_cents, total_cents,
            deliver_to, deliver_phone, promised_from, promised_until)
        SELECT purchase.id, share.number || '-' || place, seller.id, 'awaiting_payment', cents, 0, cents,
            %s, buyer.phone, CURRENT_DATE, CURRENT_DATE + 3
        FROM unnest(%s::text[], %s::int[], %s::bigint[]) AS share(number, place, cents)
        JOIN orders_purchase purchase ON purchase.number = share.number
        JOIN people_user buyer ON buyer.id = purchase.buyer_id
        JOIN people_seller seller ON seller.slug = 'seller-' || place
        """,
        [
            Jsonb(["Asha Test", "Moi Avenue", "Nairobi"]),
            [sale.number for sale, _, _ in orders],
            [place for _, place, _ in orders],
            [cents for _, _, cents in orders],
        ],
    )


def _plant_prompts(connection: psycopg.Connection[object], sales: list[Sale]) -> None:
    """Nobody asks M-PESA about them during the test: only its callbacks speak."""
    connection.execute(
        """
        INSERT INTO payments_prompt (id, purchase_id, attempt, msisdn, amount_cents, state, code, token_digest,
            merchant_request_id, checkout_request_id, requested_at, sent_at, asked, next_ask_at)
        SELECT sale.id, purchase.id, 1, phone, total_cents, 'sent', '', digest,
            '1c5b-4ba8-1', checkout_request_id, now(), now(), 0, now() + interval '20 hours'
        FROM unnest(%b::uuid[], %b::text[], %b::text[], %b::bytea[], %b::text[])
            AS sale(id, number, phone, digest, checkout_request_id)
        JOIN orders_purchase purchase USING (number)
        """,
        [
            [sale.prompt for sale in sales],
            [sale.number for sale in sales],
            [sale.msisdn for sale in sales],
            [daraja.token_digest(sale.token) for sale in sales],
            [sale.checkout_request_id for sale in sales],
        ],
    )
