"""The documentation says what the code does: its tables are current, its links lead somewhere, its examples run."""

import importlib.util
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import daraja

DOCS = Path(__file__).parent.parent / "docs"
SAMPLES = Path(__file__).parent / "samples"
PAGES = sorted([*DOCS.rglob("*.md"), DOCS.parent / "README.md"])
GENERATE = "packages/daraja/docs/generate.py"

BODIES = {
    "stk": "stk_ok_2019",
    "c2b": "c2b_v2_masked",
    "b2c": "b2c_ok_2024",
    "b2b": "b2b_ok_2017",
    "reversal": "reversal_ok_2021",
    "status": "txstatus_ok_mmf",
    "balance": "balance_ok_2020_strings",
    "ratiba": "ratiba_callback_ok",
    "express": "b2bexpress_ok",
    "bills": "billmanager_payment",
}
"""What `body` is on a page."""
ACK = "ack_b2c_v3_2024"
ANSWERS: dict[str, str | dict[str, object]] = {
    "/mpesa/stkpush/v1/processrequest": "stkack_2024",
    "/mpesa/stkpushquery/v1/query": "stkquery_0_2021",
    "/mpesa/c2b/v2/registerurl": "ack_c2b_register_success_2024",
    "/mpesa/c2b/v2/simulate": "ack_c2b_register_success_2024",
    "/mpesa/b2c/v3/paymentrequest": ACK,
    "/mpesa/b2b/v1/paymentrequest": ACK,
    "/mpesa/reversal/v1/request": ACK,
    "/mpesa/transactionstatus/v1/query": ACK,
    "/mpesa/accountbalance/v1/query": ACK,
    "/mpesa/qrcode/v1/generate": "qr_ok_code_is_ag",
    "/pulltransactions/v1/register": "pull_register_ok",
    "/pulltransactions/v1/query": {"ResponseCode": "1001", "Response": [[]]},
    "/standingorder/v1/createStandingOrderExternal": "ratiba_ack",
    "/v1/ussdpush/get-msisdn": {"code": "0", "status": "USSD Initiated Successfully"},
    "/v1/billmanager-invoice/optin": {"app_key": "AG_1", "rescode": "200"},
    "/v1/billmanager-invoice/single-invoicing": {"rescode": "200"},
    "/imsi/v2/checkATI": {"responseCode": "200", "lastSwapDate": "01-01-1900 00:00"},
    "/sfcverify/v1/query/info": "ack_query_org_info",
    "/mpesa/b2c/hakikisha/v1/hakikisha": {"header": {"status": "200"}, "body": {"firstName": "Achieng"}},
    "/v1/lipa/na/bonga/calculate-points": {"header": {"responseCode": 200}, "body": {"amount": "8", "rate": "0.2"}},
    "/v1/lipa/na/bonga/redeem-paybill": {"header": {"responseCode": 200}, "body": None},
    "/simportal/v1/allsims": {"header": {}, "body": {}},
}


def examples(page: Path) -> str:
    return "\n".join(re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL))


def test_what_is_generated_is_current():
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    stale = [path.name for path, content in generate.generated().items() if path.read_text() != content]
    assert stale == [], f"run: python {GENERATE}"


def test_every_call_has_a_page_that_shows_it():
    table = (DOCS / "apis" / "README.md").read_text()
    for name, call in vars(daraja.Calls).items():
        if isinstance(call, daraja.Call):
            (page,) = re.findall(rf"\[`{name}`\]\((\w+\.md)\)", table)
            text = (DOCS / "apis" / page).read_text()
            assert name in text or call.request.__name__ in text, name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        if not link.startswith("http"):
            assert (page.parent / link).exists(), link


@pytest.mark.parametrize("page", sorted((DOCS / "apis").glob("[a-z]*.md")), ids=lambda page: page.stem)
def test_the_examples_of_a_page_run(gateway, client, answer, page):
    gateway.routes = {
        path: answer(body=(SAMPLES / f"{body}.json").read_bytes() if isinstance(body, str) else body)
        for path, body in ANSWERS.items()
    }
    name = BODIES.get(page.stem)
    names = {
        "daraja": daraja,
        "client": client,
        "date": date,
        "passkey": "0" * 64,
        "initiator": daraja.Initiator(name="testapi", security_credential="RC6E"),
        "start": datetime(2026, 11, 22, tzinfo=UTC),
        "end": datetime(2026, 11, 23, tzinfo=UTC),
        "body": (SAMPLES / f"{name}.json").read_bytes() if name else b'{"accountNumber": "ROOM4"}',
    }
    exec(compile(examples(page), str(page), "exec"), names)  # noqa: S102 (our own pages)
    assert gateway.calls, "a page shows at least one call"


def test_the_examples_about_outcomes_run(gateway, client, answer, make_push, *, tmp_path, credentials):
    gateway.answers(answer(body=(SAMPLES / "stkack_2024.json").read_bytes()))
    source = examples(DOCS / "outcomes.md").replace("/var/lib/shop", str(tmp_path))
    names = {"daraja": daraja, "client": client, "push": make_push(), "credentials": credentials}
    exec(compile(source, "outcomes.md", "exec"), names)  # noqa: S102
    names["client"].close()
    assert len(gateway.calls) == 1


def test_the_examples_about_webhooks_run():
    inbox: list[tuple[bytes, bytes]] = []
    names: dict[str, object] = {"inbox": inbox, "accounts": {"ROOM4"}}
    exec(compile(examples(DOCS / "webhooks.md"), "webhooks.md", "exec"), names)  # noqa: S102
    body = (SAMPLES / "stk_ok_2019.json").read_bytes()
    names["payments"].receive(body, address="196.201.214.200", path={"token": "abc"})
    assert inbox == [(daraja.token_digest("abc"), body)]
    refused = names["validation"].receive(b"{}", address="196.201.214.200", path={})
    assert refused.content["ResultCode"] == "C2B00012"


def test_the_examples_of_the_read_me_and_the_guide_are_python():
    for page in (DOCS.parent / "README.md", DOCS / "guide.md"):
        compile(examples(page), page.name, "exec")
