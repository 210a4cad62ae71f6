"""Purchases, their orders and sent prompts by the hundred thousand, and what M-PESA says about them.

Set-based SQL writes what the market's own actions would have written, constraints checked, foreign keys true by
construction. Which token, receipt and number belong to the ``n``th purchase stands in a table of our own, ``planted``.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from datetime import datetime
from hashlib import sha256

import psycopg
from psycopg import sql

from benchmarks.load import post
from sokopesa.kernel.clock import EAT
from sokopesa.orders.numbers import luhn_digit, reference

BUYERS, SELLERS, PRODUCTS = 20_000, 2_000, 200
SHORTCODE = "174379"
READ_AT_ONCE = 5_000
PAYBILL_TOKEN = "paybill-token-of-the-benchmarks"  # noqa: S105 - opens nothing

_BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_NUMBERS, _NUMBER_STRIDE = 10**14, 61_803_398_874_989
_RECEIPTS, _RECEIPT_STRIDE = 36**7, 30_517_578_125
"""Each stride shares no factor with its space, so nothing repeats, and neighbours lie far apart as in life."""

_PLANTED = """
CREATE UNLOGGED TABLE planted (
    n bigint PRIMARY KEY, number text, reference text, receipt text, token text, total_cents bigint, msisdn text,
    merchant_request_id text, checkout_request_id text, prompt_id uuid DEFAULT uuidv7()
)
"""
_CALLBACK = """
CREATE FUNCTION planted_callback(planted) RETURNS bytea STABLE LANGUAGE sql AS $$
    SELECT convert_to(format(
        '{"Body":{"stkCallback":{"MerchantRequestID":"%s","CheckoutRequestID":"%s","ResultCode":0,'
        '"ResultDesc":"The service request is processed successfully.","CallbackMetadata":{"Item":['
        '{"Name":"Amount","Value":%s.00},{"Name":"MpesaReceiptNumber","Value":"%s"},{"Name":"Balance"},'
        '{"Name":"TransactionDate","Value":%s},{"Name":"PhoneNumber","Value":%s}]}}}}',
        $1.merchant_request_id, $1.checkout_request_id, $1.total_cents / 100, $1.receipt,
        to_char(now() AT TIME ZONE 'Africa/Nairobi', 'YYYYMMDDHH24MISS'), $1.msisdn), 'UTF8')
$$
"""

_SETTING = {
    "people_user": (
        "generate_series(1, %(buyers)s) AS n",
        {
            "id": "n",
            "password": "'!'",
            "is_superuser": "false",
            "phone": "'2547' || lpad(n::text, 8, '0')",
            "name": "''",
            "language": "'en'",
            "is_staff": "false",
            "is_active": "true",
            "created_at": "now()",
        },
    ),
    "people_address": (
        "generate_series(1, %(buyers)s) AS n",
        {
            "id": "n",
            "user_id": "n",
            "kind": "'street'",
            "recipient": "'Asha Test'",
            "phone": "'2547' || lpad(n::text, 8, '0')",
            "building": "'Plot 5'",
            "street": "'Moi Avenue'",
            "landmark": "''",
            "town": "'Nairobi'",
            "county": "'Nairobi'",
            "box_number": "''",
            "postcode": "''",
            "post_office": "''",
            "is_default": "true",
            "created_at": "now()",
        },
    ),
    "people_seller": (
        "generate_series(1, %(sellers)s) AS n",
        {
            "id": "n",
            "name": "'Seller ' || n",
            "slug": "'seller-' || n",
            "about": "''",
            "town": "'Nairobi'",
            "country": "'KE'",
            "joined_on": "current_date",
        },
    ),
    "catalog_category": (
        "generate_series(1, 1) AS n",
        {
            "id": "n",
            "slug": "'home'",
            "name": "'Home'",
            "blurb": "'For the house'",
            "position": "1",
            "picture": "'storefront/logo.svg'",
        },
    ),
    "catalog_product": (
        "generate_series(1, %(products)s) AS n",
        {
            "id": "n",
            "slug": "'kettle-' || n",
            "title": "'Steel kettle ' || n",
            "description": "'Boils two litres of water.'",
            "category_id": "1",
            "brand": "'Moto'",
            "keywords": "''",
            "details": """'[["Volume", "2 l"]]'::jsonb""",
            "picture": "'storefront/logo.svg'",
            "created_at": "now()",
        },
    ),
    "catalog_variant": (
        "generate_series(1, %(products)s) AS n",
        {"id": "n", "product_id": "n", "name": "''", "options": "'[]'::jsonb", "picture": "''", "position": "0"},
    ),
    "catalog_shippingprofile": (
        "generate_series(1, %(sellers)s) AS n",
        {
            "id": "n",
            "seller_id": "n",
            "name": "'Standard'",
            "ships_from": "'Nairobi'",
            "ships_from_country": "'KE'",
            "handling_days": "1",
            "currency": "'KES'",
        },
    ),
    "catalog_shippingmethod": (
        "generate_series(1, %(sellers)s) AS n",
        {
            "id": "n",
            "profile_id": "n",
            "name": "'Courier to the door'",
            "cost_minor": "20000",
            "currency": "'KES'",
            "min_days": "0",
            "max_days": "2",
            "day_rule": "'calendar'",
            "is_tracked": "true",
            "to_po_box": "false",
            "is_live": "true",
            "position": "0",
        },
    ),
    "catalog_offer": (
        "generate_series(1, %(sellers)s) AS n",
        {
            "id": "n",
            "product_id": "1 + n %% %(products)s",
            "variant_id": "1 + n %% %(products)s",
            "seller_id": "n",
            "profile_id": "n",
            "price_minor": "100000",
            "currency": "'KES'",
            "stock": "1000000",
            "is_live": "true",
        },
    ),
}
"""Table → (rows, columns). A column that the table does not have is left out."""

_NEW = "planted WHERE n > %(before)s"
_ORDER = "planted CROSS JOIN generate_series(1, %(orders_each)s) AS place WHERE n > %(before)s"
_ORDER_ID = "(n - 1) * %(orders_each)s + place"
_SELLER = "1 + (n + place * 7) %% %(sellers)s"
_PURCHASES = {
    "orders_purchase": (
        _NEW,
        {
            "id": "n",
            "number": "number",
            "reference": "reference",
            "buyer_id": "1 + n %% %(buyers)s",
            "state": "'awaiting_payment'",
            "goods_cents": "total_cents - %(orders_each)s * 20000",
            "shipping_cents": "%(orders_each)s * 20000",
            "total_cents": "total_cents",
            "placed_at": "now()",
        },
    ),
    "orders_awaitingpayment": (_NEW, {"purchase_id": "n", "placed_at": "now()"}),
    "orders_order": (
        _ORDER,
        {
            "id": _ORDER_ID,
            "purchase_id": "n",
            "number": "number || '-' || place",
            "seller_id": _SELLER,
            "state": "'awaiting_payment'",
            "goods_cents": "total_cents / %(orders_each)s - 20000",
            "shipping_cents": "20000",
            "total_cents": "total_cents / %(orders_each)s",
            "deliver_to": """'["Asha Wanjiru", "Plot 5", "Moi Avenue", "Nairobi"]'::jsonb""",
            "deliver_phone": "msisdn",
            "promised_from": "current_date + 1",
            "promised_until": "current_date + 3",
        },
    ),
    "orders_orderline": (
        _ORDER,
        {
            "id": _ORDER_ID,
            "order_id": _ORDER_ID,
            "offer_id": _SELLER,
            "quantity": "1",
            "unit_cents": "total_cents / %(orders_each)s - 20000",
            "total_cents": "total_cents / %(orders_each)s - 20000",
            "snapshot": """'{"title": "Steel kettle", "seller": "Seller", "price_minor": 100000, "details": [],
                "picture": "storefront/logo.svg", "ships_from": "Nairobi", "is_import": false}'::jsonb""",
        },
    ),
    "orders_event": (
        _NEW,
        {
            "purchase_id": "n",
            "at": "now()",
            "kind": "'placed'",
            "text": "'You placed the order. The goods are reserved.'",
        },
    ),
    "payments_prompt": (
        _NEW,
        {
            "id": "prompt_id",
            "purchase_id": "n",
            "attempt": "1",
            "msisdn": "msisdn",
            "amount_cents": "total_cents",
            "state": "'sent'",
            "code": "''",
            "token_digest": "sha256(token::bytea)",
            "merchant_request_id": "merchant_request_id",
            "checkout_request_id": "checkout_request_id",
            "requested_at": "now()",
            "sent_at": "now()",
            "asked": "0",
            "next_ask_at": "now() + interval '1 day'",
        },
    ),
    "payments_liveprompt": (
        _NEW,
        {"prompt_id": "prompt_id", "purchase_id": "n", "next_ask_at": "now() + interval '1 day'"},
    ),
}


def plant(url: str, *, purchases: int, orders_each: int = 1) -> int:
    """Fill a fresh database, or add to what was planted there: every purchase awaits payment, its prompt is out.

    The number of the first that is new.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        # Only while planting: what is planted can be planted again, and its keys are true by construction.
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET session_replication_role = replica")
        before = _planted(connection)
        sizes = {
            "buyers": BUYERS,
            "sellers": SELLERS,
            "products": PRODUCTS,
            "orders_each": orders_each,
            "before": before,
        }
        for table, (rows, columns) in () if before else _SETTING.items():
            _insert(connection, table, rows, columns, sizes)
        _plan(connection, before, before + purchases, orders_each)
        for table, (rows, columns) in _PURCHASES.items():
            _insert(connection, table, rows, columns, sizes)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
    return before + 1


def _planted(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    """How many purchases are planted already."""
    if connection.execute("SELECT to_regclass('planted')").fetchone() == (None,):
        connection.execute(_PLANTED)
        connection.execute(_CALLBACK)
    row = connection.execute("SELECT coalesce(max(n), 0) FROM planted").fetchone()
    assert row
    return int(str(row[0]))


def _plan(connection: psycopg.Connection[tuple[object, ...]], before: int, last: int, orders_each: int) -> None:
    now = datetime.now(EAT)
    prefix, moment = receipt_prefix(now), f"{now:%d%m%Y%H%M%S%f}"[:17]
    columns = "n, number, reference, receipt, token, total_cents, msisdn, merchant_request_id, checkout_request_id"
    with connection.cursor() as cursor, cursor.copy(f"COPY planted ({columns}) FROM STDIN") as copy:
        for n in range(before + 1, last + 1):
            body = f"8{n * _NUMBER_STRIDE % _NUMBERS:014d}"
            number = body + luhn_digit(body)
            copy.write_row(
                (
                    *(n, number, reference(number), prefix + _receipt_tail(n)),
                    sha256(f"planted {n}".encode()).hexdigest(),
                    orders_each * (120_000 + n % 500 * 1000),
                    f"2547{n:08d}",
                    f"2654-4b64-97ff-b827b542{n:012d}",
                    f"ws_CO_{moment}7{n:08d}",
                )
            )
    connection.execute("ANALYZE planted")


def receipt_prefix(day: datetime) -> str:
    """The three characters that a receipt of that day begins with: year (A is 2006), month, day."""
    return _BASE36[10 + day.year - 2006] + _BASE36[9 + day.month] + _BASE36[day.day]


def _receipt_tail(n: int) -> str:
    place, characters = n * _RECEIPT_STRIDE % _RECEIPTS, ""
    for _ in range(7):
        place, digit = divmod(place, 36)
        characters += _BASE36[digit]
    return characters


def _insert(
    connection: psycopg.Connection[tuple[object, ...]],
    table: str,
    rows: str,
    columns: Mapping[str, str],
    sizes: Mapping[str, int],
) -> None:
    found = connection.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table])
    known = {str(name) for (name,) in found}
    if not known:
        return
    used = {name: expression for name, expression in columns.items() if name in known}
    names = ", ".join(used)
    connection.execute(f"INSERT INTO {table} ({names}) SELECT {', '.join(used.values())} FROM {rows}" % sizes)  # noqa: S608
    if "id" in used and table != "payments_prompt":
        connection.execute(
            sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), max(id)) FROM {}").format(
                table, sql.Identifier(table)
            )
        )


def fill_inbox(url: str, *, first: int, last: int) -> None:
    """Put the callbacks of the purchases from ``first`` to ``last`` into the inbox, as the door would have."""
    with psycopg.connect(url) as connection:
        connection.execute(
            """
            INSERT INTO payments_inboxmessage (kind, token_digest, source, trusted, headers, body, verdict, remark)
            SELECT 'stk', sha256(token::bytea), '196.201.214.200', true, '{"content-type": "application/json"}',
                planted_callback(planted), '', ''
            FROM planted WHERE n BETWEEN %s AND %s ORDER BY n
            """,
            [first, last],
        )


def callbacks(url: str, *, first: int, last: int) -> Generator[tuple[str, bytes]]:
    """(purchase number, request to the door that says it is paid), read from the database as it is needed, in short
    transactions: a long one would keep PostgreSQL from tidying up."""
    with psycopg.connect(url, autocommit=True) as connection:
        for begin in range(first, last + 1, READ_AT_ONCE):
            rows = connection.execute(
                "SELECT number, token, planted_callback(planted) FROM planted WHERE n BETWEEN %s AND %s ORDER BY n",
                [begin, min(begin + READ_AT_ONCE - 1, last)],
            )
            for number, token, body in rows:
                yield number, post(f"/callbacks/stk/{token}", body)


def unmatched(n: int) -> bytes:
    """A request to the door: a payment by hand whose account number is no order's reference."""
    now = datetime.now(EAT)
    body = {
        "TransactionType": "Pay Bill",
        "TransID": receipt_prefix(now) + _receipt_tail(_RECEIPTS - n),
        "TransTime": f"{now:%Y%m%d%H%M%S}",
        "TransAmount": "1250.00",
        "BusinessShortCode": SHORTCODE,
        "BillRefNumber": f"NOBODY{n}"[:12],
        "InvoiceNumber": "",
        "OrgAccountBalance": "51250.00",
        "ThirdPartyTransID": "",
        "MSISDN": "2547 ***** 149",
        "FirstName": "ACHIENG",
        "MiddleName": "",
        "LastName": "",
    }
    return post(f"/callbacks/paybill/paid/{PAYBILL_TOKEN}", json.dumps(body).encode())
