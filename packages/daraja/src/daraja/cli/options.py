"""What the commands are told: options for what may be seen, environment variables for what may not."""

import os
from pathlib import Path
from typing import Annotated

import typer

from daraja.client import Client
from daraja.doctor.setup import read_environment
from daraja.environment import Credentials
from daraja.errors import InvalidRequest
from daraja.initiator import Initiator

EnvironmentOption = Annotated[
    str,
    typer.Option("--environment", envvar="DARAJA_ENVIRONMENT", help="production, sandbox or a simulator's address"),
]
ShortcodeOption = Annotated[
    str, typer.Option("--shortcode", envvar="DARAJA_SHORTCODE", help="paybill, or a till's store number")
]
CallbackOption = Annotated[
    str, typer.Option("--callback-url", envvar="DARAJA_CALLBACK_URL", help="where M-PESA posts the outcome")
]
InitiatorOption = Annotated[
    str, typer.Option("--initiator", envvar="DARAJA_INITIATOR", help="the API operator's user name")
]
CertificateOption = Annotated[
    Path | None,
    typer.Option("--certificate", envvar="DARAJA_CERTIFICATE", help="M-PESA's certificate, from the Daraja portal"),
]
ResultOption = Annotated[
    str | None,
    typer.Option(
        "--result-url",
        envvar="DARAJA_RESULT_URL",
        help="public URL of the result; not needed with a simulator on this computer",
    ),
]


def secret(variable: str) -> str:
    """A secret from the environment: on a command line, every user of the computer could read it."""
    value = os.environ.get(variable, "")
    if not value:
        raise InvalidRequest(variable, "must be set in the environment of this command")
    return value


def open_client(environment: str) -> Client:
    """A client with the keys in `DARAJA_CONSUMER_KEY` and `DARAJA_CONSUMER_SECRET`."""
    credentials = Credentials(
        consumer_key=secret("DARAJA_CONSUMER_KEY"), consumer_secret=secret("DARAJA_CONSUMER_SECRET")
    )
    return Client(credentials=credentials, environment=read_environment(environment))


def read_initiator(name: str, certificate: Path | None) -> Initiator:
    """The operator, with the password in `DARAJA_INITIATOR_PASSWORD`."""
    if certificate is None:
        raise InvalidRequest("DARAJA_CERTIFICATE", "must name the certificate's file, or give --certificate")
    return Initiator.from_password(name, secret("DARAJA_INITIATOR_PASSWORD"), certificate)
