"""Write the parts of the documentation that come from the code: field tables, the table of calls, result codes.

python packages/daraja/docs/generate.py
"""

import dataclasses
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import daraja
from daraja.request import wire_fields

DOCS = Path(__file__).parent
_FIELDS = re.compile(r"<!-- fields: (\w+) -->\n.*?<!-- end -->", re.DOTALL)

PARSERS = {
    "stk_push": "parse_stk_callback",
    "register_c2b": "parse_c2b_payment",
    "register_c2b_v1": "parse_c2b_payment",
    "simulate_c2b": "parse_c2b_payment",
    "simulate_c2b_v1": "parse_c2b_payment",
    "b2c": "parse_b2c_result",
    "b2c_v1": "parse_b2c_result",
    "pochi": "parse_b2c_result",
    "b2b_pay_bill": "parse_b2b_result",
    "b2b_buy_goods": "parse_b2b_result",
    "b2c_top_up": "parse_b2b_result",
    "remit_tax": "parse_b2b_result",
    "reverse": "parse_reversal_result",
    "transaction_status": "parse_status_result",
    "account_balance": "parse_balance_result",
    "create_standing_order": "parse_standing_order_callback",
    "express_checkout": "parse_express_callback",
    "opt_in_to_bills": "parse_bill_payment",
    "redeem_points": "parse_c2b_payment",
}
"""What M-PESA posts after a call, for those after which it posts anything."""


def fields_table(name: str) -> str:
    """The fields of a request: what they may hold, and what they are called on the wire."""
    request = getattr(daraja, name)
    lines = [f"| `{name}` | holds | on the wire |", "|---|---|---|"]
    optional = {field.name for field in dataclasses.fields(request) if field.default is not dataclasses.MISSING}
    for attribute, wire in wire_fields(request).items():
        holds = wire.rule.allows + (" (optional)" if attribute in optional else "")
        lines.append(f"| `{attribute}` | {holds} | {f'`{wire.name}`' if wire.name else ''} |")
    return "\n".join(lines)


def page_with_tables(text: str) -> str:
    """A page with its field tables up to date."""
    return _FIELDS.sub(lambda found: f"<!-- fields: {found[1]} -->\n{fields_table(found[1])}\n<!-- end -->", text)


def calls() -> Iterator[tuple[str, daraja.Call]]:
    """Every call of the catalogue, by name."""
    for name, call in vars(daraja.Calls).items():
        if isinstance(call, daraja.Call):
            yield name, call


def calls_page() -> str:
    """Every call: its request, its answer, what is posted later, whether the client may repeat it."""
    lines = [
        "# Every call",
        "",
        "Each is a method of `Client`, and of `AsyncClient` to be awaited. A call that is *repeated* moves no money",
        "and disturbs nobody, so the client may try it again by itself.",
        "",
        "| call | request | endpoint | answer | posted later, read by | repeated |",
        "|---|---|---|---|---|---|",
    ]
    for name, call in calls():
        page = Path(inspect.getfile(call.request)).stem
        endpoint = f"`{call.request.http_method} {call.request.path}`" if name != "unlisted" else "any"
        parser = f"`{PARSERS[name]}`" if name in PARSERS else ""
        repeated = "yes" if call.request.repeatable else ""
        lines.append(
            f"| [`{name}`]({page}.md) | `{call.request.__name__}` | {endpoint} | `{call.answer.__name__}` | {parser} |"
            f" {repeated} |"
        )
    return "\n".join(lines) + "\n"


def codes_page() -> str:
    """Every result code, by what it came from."""
    lines = [
        "# Result codes",
        "",
        "What each code means, by the kind of call that it came from. *Final* codes settle a payment; for all",
        "others, and for codes that are not listed, money may have moved: ask again, or by another way. What to tell",
        "a person is for the payer where a phone is asked, and for the operator everywhere else.",
    ]
    for scope, codes in daraja.RESULT_CODES.items():
        lines += [
            "",
            f"## {scope.value}",
            "",
            "| code | name | outcome | final | meaning | tell them |",
            "|---|---|---|---|---|---|",
        ]
        for value in codes:
            code = daraja.ResultCode(value, scope)
            final = "yes" if code.final else "no"
            lines.append(
                f"| `{code}` | {code.name} | {code.outcome.value} | {final} | {code.meaning} | {code.advice} |"
            )
    return "\n".join(lines) + "\n"


def generated() -> dict[Path, str]:
    """Every file that holds something generated, with its right content."""
    pages = {path: page_with_tables(path.read_text()) for path in sorted((DOCS / "apis").glob("*.md"))}
    return pages | {DOCS / "apis" / "README.md": calls_page(), DOCS / "result-codes.md": codes_page()}


if __name__ == "__main__":
    for path, content in generated().items():
        path.write_text(content)
