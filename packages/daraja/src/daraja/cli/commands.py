"""The command line: `daraja doctor`, `push`, `status`, `balance` and `decode`."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from daraja.apis.balance import BalanceQuery, parse_balance_result
from daraja.apis.instruction import Accepted
from daraja.apis.status import StatusQuery, parse_status_result
from daraja.apis.stk import StkPush, StkQuery, TransactionType
from daraja.cli.listening import ResultListener
from daraja.cli.options import (
    CallbackOption,
    CertificateOption,
    EnvironmentOption,
    InitiatorOption,
    ResultOption,
    ShortcodeOption,
    open_client,
    read_initiator,
    secret,
)
from daraja.cli.presenting import kes, message_table, printable, what_to_do
from daraja.client import Client
from daraja.decoding import decode
from daraja.doctor import Setup, Verdict, examine
from daraja.errors import DarajaError, InvalidRequest, MalformedMessage, OutcomeUnknown
from daraja.results import Result

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Talk to M-PESA, and understand what it says.")
console = Console(highlight=False, soft_wrap=True)
complaints = Console(stderr=True, highlight=False, soft_wrap=True)

_RESULT_PATIENCE = 60.0
"""Seconds to wait for a result."""
_MARKS = {Verdict.GOOD: "[green]✓[/green]", Verdict.NOTE: "[yellow]•[/yellow]", Verdict.BAD: "[red]✗[/red]"}


@contextmanager
def _explained() -> Iterator[None]:
    """Turn an error into words and an exit code: 1 refused, 2 wrong input, 3 not known."""
    try:
        yield
    except DarajaError as error:
        complaints.print(f"[red]{escape(printable(str(error)))}[/red]")
        complaints.print(escape(what_to_do(error)))
        raise typer.Exit(_exit_code(error)) from None


def _exit_code(error: DarajaError) -> int:
    if isinstance(error, InvalidRequest | MalformedMessage):
        return 2
    return 3 if isinstance(error, OutcomeUnknown) else 1


@app.command("doctor")
def doctor_command(
    environment: EnvironmentOption = "sandbox",
    shortcode: Annotated[str | None, typer.Option(envvar="DARAJA_SHORTCODE")] = None,
    callback_url: Annotated[str | None, typer.Option(envvar="DARAJA_CALLBACK_URL")] = None,
    initiator: Annotated[str | None, typer.Option(envvar="DARAJA_INITIATOR")] = None,
    certificate: CertificateOption = None,
) -> None:
    """Check keys, products, shortcode, callback URL, clock and certificate. Moves no money.

    Secrets are read from DARAJA_CONSUMER_KEY, DARAJA_CONSUMER_SECRET, DARAJA_PASSKEY and DARAJA_INITIATOR_PASSWORD.
    """
    setup = Setup(
        environment=environment,
        consumer_key=os.environ.get("DARAJA_CONSUMER_KEY"),
        consumer_secret=os.environ.get("DARAJA_CONSUMER_SECRET"),
        shortcode=shortcode,
        passkey=os.environ.get("DARAJA_PASSKEY"),
        callback_url=callback_url,
        initiator=initiator,
        initiator_password=os.environ.get("DARAJA_INITIATOR_PASSWORD"),
        certificate=certificate,
    )
    faults = 0
    for finding in examine(setup):
        faults += finding.verdict is Verdict.BAD
        console.print(f"{_MARKS[finding.verdict]} [bold]{finding.subject}[/bold]: {escape(finding.words)}")
    console.print("Nothing wrong was found." if not faults else f"Put right what is marked ✗ ({faults}).")
    raise typer.Exit(min(faults, 1))


@app.command()
def push(
    *,
    msisdn: Annotated[str, typer.Argument(help="the phone that pays, such as 0708374149")],
    amount: Annotated[int, typer.Argument(help="whole shillings")],
    shortcode: ShortcodeOption,
    callback_url: CallbackOption,
    environment: EnvironmentOption = "sandbox",
    till: Annotated[str | None, typer.Option(help="pay to this till instead of the paybill")] = None,
    reference: Annotated[str, typer.Option(help="account number shown on the phone")] = "Test",
) -> None:
    """Ask a phone for a payment. The passkey is read from DARAJA_PASSKEY."""
    with _explained(), open_client(environment) as client:
        ack = client.stk_push(
            StkPush(
                shortcode=shortcode,
                passkey=secret("DARAJA_PASSKEY"),
                amount=amount,
                msisdn=msisdn,
                callback_url=callback_url,
                account_reference=reference,
                description="Payment",
                transaction_type=TransactionType.BUY_GOODS if till else TransactionType.PAYBILL,
                party_b=till,
            )
        )
        console.print(f"M-PESA will ask the phone for {kes(amount * 100)}. Nothing is paid yet.")
        console.print(f"Ask how it went: daraja status {ack.checkout_request_id}")


@app.command()
def status(
    *,
    identifier: Annotated[str, typer.Argument(help="a CheckoutRequestID (ws_CO_…) or a receipt")],
    shortcode: ShortcodeOption,
    environment: EnvironmentOption = "sandbox",
    initiator: InitiatorOption = "",
    certificate: CertificateOption = None,
    result_url: ResultOption = None,
) -> None:
    """Ask how a prompt went, or what became of a receipt (this needs an initiator)."""
    with _explained(), open_client(environment) as client:
        if identifier.startswith("ws_CO_"):
            query = StkQuery(shortcode=shortcode, passkey=secret("DARAJA_PASSKEY"), checkout_request_id=identifier)
            answer = client.stk_query(query)
            console.print(f"{answer.state.value}: {escape(printable(answer.description))}")
            if answer.code is not None:
                console.print(escape(printable(f"{answer.code} ({answer.code.name}): {answer.code.meaning}")))
            return
        operator = read_initiator(initiator, certificate)

        def ask(url: str) -> Accepted:
            return client.transaction_status(
                StatusQuery(
                    initiator=operator,
                    result_url=url,
                    timeout_url=url,
                    remarks="Status query",
                    shortcode=shortcode,
                    receipt=identifier,
                )
            )

        _show_result(client, result_url, ask, parse_status_result)


@app.command()
def balance(
    *,
    shortcode: ShortcodeOption,
    initiator: InitiatorOption,
    certificate: CertificateOption,
    environment: EnvironmentOption = "sandbox",
    result_url: ResultOption = None,
) -> None:
    """Ask what a shortcode's accounts hold."""
    with _explained(), open_client(environment) as client:
        operator = read_initiator(initiator, certificate)

        def ask(url: str) -> Accepted:
            return client.account_balance(
                BalanceQuery(
                    initiator=operator,
                    result_url=url,
                    timeout_url=url,
                    remarks="Balance query",
                    shortcode=shortcode,
                )
            )

        _show_result(client, result_url, ask, parse_balance_result)


def _show_result(
    client: Client, result_url: str | None, ask: Callable[[str], Accepted], parse: Callable[[bytes], Result]
) -> None:
    """Ask, and show the result if it can be posted to this computer."""
    if result_url is not None:
        accepted = ask(result_url)
        console.print(f"M-PESA will post the result of {accepted.conversation_id} to your URL. Read it: daraja decode")
        return
    if not client.environment.allow_http:
        raise InvalidRequest("DARAJA_RESULT_URL", "must be a public URL of yours, or give --result-url")
    with ResultListener() as listener:
        ask(listener.url)
        body = listener.wait(_RESULT_PATIENCE)
    if body is None:
        raise OutcomeUnknown(f"No result came within {_RESULT_PATIENCE:.0f} seconds.")
    console.print(message_table(parse(body)))


@app.command("decode")
def decode_command(
    source: Annotated[
        Path | None, typer.Argument(help="a file; without it, paste the body and end with Ctrl-D")
    ] = None,
) -> None:
    """Say what a callback, result or error body means."""
    with _explained():
        try:
            body = sys.stdin.buffer.read() if source is None else source.read_bytes()
        except OSError as error:
            raise InvalidRequest("source", f"cannot be read: {error.strerror}") from None
        message = decode(body)
        if isinstance(message, DarajaError):
            console.print(f"{type(message).__name__}: {escape(printable(str(message)))}")
            console.print(what_to_do(message))
        else:
            console.print(message_table(message))


def main() -> None:
    """The `daraja` command."""
    app()
