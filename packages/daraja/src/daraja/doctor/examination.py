"""The whole examination, in the order in which one fault hides the next."""

from collections.abc import Iterator

from daraja.doctor.callback_checks import check_callback
from daraja.doctor.findings import Finding, Verdict, bad
from daraja.doctor.gateway_checks import (
    check_clock,
    check_keys,
    check_products,
    check_shortcode,
    check_token,
    open_client,
)
from daraja.doctor.operator_checks import check_operator
from daraja.doctor.setup import Setup
from daraja.errors import InvalidRequest


def examine(setup: Setup) -> Iterator[Finding]:
    """Look at everything that was given. Moves no money, rings no phone and shows no secret."""
    try:
        environment = setup.gateway()
    except InvalidRequest as error:
        yield bad("environment", f"It {error.advice}.")
        return
    reached, keys = list(check_clock(environment)), list(check_keys(setup))
    yield from reached
    yield from keys
    if all(finding.verdict is not Verdict.BAD or finding.subject == "clock" for finding in reached + keys):
        with open_client(setup, environment) as client:
            admitted = check_token(client)
            yield admitted
            if admitted.verdict is Verdict.GOOD:
                yield from check_products(client)
                yield from check_shortcode(client, setup)
    yield from check_callback(setup.callback_url, environment)
    yield from check_operator(setup)
