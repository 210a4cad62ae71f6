"""What an operator sets, read once from the environment (prefix ``SOKOPESA_``, plus the usual ``DATABASE_URL``)."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from sokopesa.kernel.phone import PhoneRefused, normalise

DEVELOPMENT_KEY = "development-only-key-that-no-operator-may-keep"


class Configuration(BaseSettings):
    """Every setting with its default; the defaults suit development and nothing else.

    ``mpesa_*`` name one collecting paybill. Times are in seconds.
    """

    model_config = SettingsConfigDict(env_prefix="SOKOPESA_", extra="ignore")

    secret_key: SecretStr = SecretStr(DEVELOPMENT_KEY)
    debug: bool = False
    allowed_hosts: Annotated[str, NoDecode] = "localhost,127.0.0.1,[::1]"
    secure: bool = Field(default=False, description="Served over HTTPS: secure cookies, HSTS.")
    database_url: str = Field(default="postgresql:///sokopesa", validation_alias="DATABASE_URL")
    database_pool_size: int = 12

    static_root: Path | None = Field(
        default=None,
        description="Where `sokopesa manage collectstatic` puts compressed files; without it, none are made.",
    )

    media_root: Path = Field(
        default=Path(".sokopesa/media"),
        description="Where files that people send are kept; the same folder for every process, and backed up.",
    )

    site_name: str = "Sokopesa"
    site_url: str = Field(default="http://127.0.0.1:8000", description="Where people open the market; in e-mails.")
    support_phone: str = Field(default="", description="Whom shoppers call; shown on every page.")
    operator_phone: str = Field(default="", description="MSISDN that is told of faults only an operator can mend.")

    second_factor_minutes: float = Field(
        default=5.0, gt=0, le=60, description="For so long after somebody gave their second factor they may move money."
    )
    demo: bool = Field(
        default=False, description="Whether this is the demo, where anybody sees the codes of staff's second factors."
    )

    dispute_full_refund_without_return: bool = Field(
        default=False, description="Whether a buyer who keeps the goods may claim all of the money back."
    )

    mpesa_environment: Literal["simulator", "sandbox", "production"] = "simulator"
    mpesa_base_url: str = "http://127.0.0.1:8100"
    mpesa_shortcode: str = "174379"
    mpesa_passkey: SecretStr = SecretStr("")
    mpesa_consumer_key: SecretStr = SecretStr("")
    mpesa_consumer_secret: SecretStr = SecretStr("")
    mpesa_callback_base_url: str = Field(
        default="http://127.0.0.1:8000", description="Where M-PESA reaches our callback door from outside."
    )
    mpesa_callback_addresses: Annotated[str, NoDecode] = Field(
        default="",
        description="Addresses callbacks may come from, comma-separated; empty means Safaricom's published list.",
    )
    mpesa_paybill_token: SecretStr = Field(
        default=SecretStr(""), description="Secret in the addresses for payments by hand; empty turns them off."
    )
    mpesa_refuse_by_hand: Literal["unfit", "unknown", "nothing"] = Field(
        default="unfit",
        description="Which payments by hand M-PESA is told to refuse: those that name no order awaiting payment, and "
        "those of another amount (unfit); the former alone (unknown); none. What does not fit is owed back.",
    )
    mpesa_when_unsure: Literal["Completed", "Cancelled"] = Field(
        default="Completed", description="What becomes of a payment by hand that we cannot check in time."
    )
    mpesa_charges_paid_by: Literal["customer", "shared", "business"] = Field(
        default="customer", description="Who bears M-PESA's charge by the paybill's plan with Safaricom."
    )
    mpesa_initiator: str = Field(
        default="",
        description="API operator who may ask for a transaction's status; without one nobody does. It needs either a "
        "security credential or its password with Safaricom's certificate of the environment.",
    )
    mpesa_security_credential: SecretStr = SecretStr("")
    mpesa_initiator_password: SecretStr = SecretStr("")
    mpesa_certificate: Path | None = None
    mpesa_b2c_shortcode: str = Field(default="614251", description="Refunds and sellers are paid from its accounts.")
    mpesa_b2c_initiator: str = Field(
        default="",
        description="API operator who may pay out from it and ask what became of that; without one nothing is paid. "
        "It needs either a security credential or its password with the same certificate.",
    )
    mpesa_b2c_security_credential: SecretStr = SecretStr("")
    mpesa_b2c_initiator_password: SecretStr = SecretStr("")
    mpesa_payouts_per_second: float = Field(
        default=10.0, gt=0, le=1000, description="How many payments out M-PESA is told of, by all workers together."
    )
    mpesa_payout_first_question: float = Field(
        default=60.0,
        gt=0,
        description="After this long without a result M-PESA is asked; later questions grow from it.",
    )
    mpesa_payout_lifetime: float = Field(
        default=86_400.0,
        gt=0,
        description="How long a payment out may lie in M-PESA's queues: only after it is 'not found' an answer.",
    )
    mpesa_timeout: float = 20.0
    mpesa_prompt_lifetime: float = Field(
        default=200.0, description="After this long a prompt can no longer be answered, so 'not found' is an answer."
    )
    mpesa_first_question: float = Field(
        default=10.0, description="After this long without an answer M-PESA is asked; later questions grow from it."
    )
    mpesa_queries_per_minute: float = Field(
        default=600.0,
        ge=1,
        description="How often M-PESA may be asked how prompts ended, by all workers together; the sandbox allows 5.",
    )
    mpesa_sweep_every: float = Field(
        default=300.0, description="M-PESA's list of payments is searched this often for any that we were not told of."
    )
    refund_cut_off: time = Field(
        default=time(17), description="When the day's refund file is closed, on business days, by Nairobi's clock."
    )
    refund_batch_weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday"] = "tuesday"
    refund_batch_takes: Literal["acknowledged", "delivered"] = Field(
        default="acknowledged", description="How far a refund file has to be before its lines are paid."
    )
    refund_files_to: Literal["folder", "sftp"] = "folder"
    refund_files_folder: Path = Field(
        default=Path(".sokopesa/refund-files"), description="Files are put into `out`; answers are read from `in`."
    )
    refund_files_sftp: str = Field(
        default="", description="sftp://user@host:port/folder, below which are `out` and `in`."
    )
    refund_files_sftp_password: SecretStr = SecretStr("")
    refund_files_sftp_key: Path | None = Field(default=None, description="Our private key; instead of a password.")
    refund_files_sftp_host_key: str = Field(
        default="", description="The server's public key as `ssh-keyscan` prints it, without the host's name."
    )
    refund_files_sftp_timeout: float = Field(default=60.0, gt=0)
    portal_columns: Annotated[str, NoDecode] = Field(
        default="MobileNumber,DocumentType,DocumentNumber,Amount,PurposeOfPayment,Name",
        description="Columns of the bulk file for M-PESA's portal, in its order.",
    )
    write_off_limit: int = Field(
        default=1_000, ge=0, description="The most, in KES, that two people may write off of one discrepancy."
    )
    goodwill_most_kes: int = Field(
        default=2_000,
        ge=10,
        description="The most, in whole KES, that two people may give a buyer as goodwill at once.",
    )
    commission_percent: Decimal = Field(
        default=Decimal(5), ge=0, le=100, description="The market's share of what a completed order brought."
    )
    settlement_least_kes: int = Field(
        default=100, ge=10, description="Sellers who have earned less wait for a later payout; whole shillings."
    )
    settlement_weekday: int = Field(
        default=4, ge=1, le=5, description="The day of the week on which sellers are paid: 1 is Monday, 5 Friday."
    )
    dispute_when_lost: bool = Field(
        default=False,
        description="Whether a buyer may dispute at once when the courier says that a parcel is lost or goes back; "
        "else when the promised time is over.",
    )
    tracking_api_url: str = Field(
        default="", description="Where tracking events are read, page by page; empty means nowhere."
    )
    tracking_api_key: SecretStr = Field(default=SecretStr(""), description="Sent as a bearer token.")
    tracking_api_every: float = Field(default=300.0, gt=0, description="How often it is looked for new events.")
    tracking_api_timeout: float = Field(default=20.0, gt=0)
    trusted_proxies: int = Field(default=0, description="Reverse proxies in front that append to X-Forwarded-For.")

    sms_provider: Literal["simulator", "africastalking", "log"] = "log"
    sms_simulator_url: str = "http://127.0.0.1:8100"
    sms_sender: str = "SOKOPESA"
    sms_per_second: float = Field(
        default=50.0, ge=1, description="How many texts one worker hands to the provider in a second at most."
    )
    africastalking_url: str = "https://api.africastalking.com"
    africastalking_username: str = ""
    africastalking_key: SecretStr = SecretStr("")

    email_url: SecretStr = Field(
        default=SecretStr(""),
        description="smtp://user:password@host:587?tls, smtps://user:password@host, or console: to log e-mails. "
        "Without one there are no e-mails.",
    )
    email_from: str = Field(default="Sokopesa <no-reply@localhost>", description="The sender of e-mails.")

    @field_validator("site_url")
    @classmethod
    def _read_site_url(cls, url: str) -> str:
        """Without the slash at its end."""
        return url.rstrip("/")

    @field_validator("email_url")
    @classmethod
    def _read_email_url(cls, url: SecretStr) -> SecretStr:
        """A mail server's address without its host would be found out at the first e-mail."""
        parts = urlsplit(url.get_secret_value())
        if url and not (parts.scheme == "console" or (parts.scheme in ("smtp", "smtps") and parts.hostname)):
            raise ValueError("set SOKOPESA_EMAIL_URL to smtp://user:password@host:587?tls, smtps://…, or console:")
        return url

    @field_validator("mpesa_callback_addresses")
    @classmethod
    def _read_addresses(cls, listed: str) -> str:
        """Addresses or networks, comma-separated; a typing mistake is found at the start, not at the first callback."""
        return ",".join(str(ip_network(part.strip())) for part in listed.split(",") if part.strip())

    @field_validator("operator_phone", "support_phone")
    @classmethod
    def _read_phone(cls, typed: str) -> str:
        """However it was typed; stored as an MSISDN. Empty stays empty."""
        try:
            return normalise(typed) if typed else ""
        except PhoneRefused as refusal:
            raise ValueError(str(refusal)) from refusal

    @model_validator(mode="after")
    def _require_a_known_server(self) -> Self:
        """Names and amounts of buyers go to no server that anybody may pretend to be."""
        if self.refund_files_to == "sftp":
            parts = urlsplit(self.refund_files_sftp)
            if (
                parts.scheme != "sftp"
                or not parts.hostname
                or not parts.username
                or not self.refund_files_sftp_host_key
            ):
                raise ValueError(
                    "set SOKOPESA_REFUND_FILES_SFTP to sftp://user@host/folder and SOKOPESA_REFUND_FILES_SFTP_HOST_KEY "
                    "to the server's public key"
                )
        return self

    @model_validator(mode="after")
    def _keep_to_the_sandbox(self) -> Self:
        """What the sandbox allows is known; unless the operator says otherwise we keep to it."""
        if self.mpesa_environment == "sandbox" and "mpesa_queries_per_minute" not in self.model_fields_set:
            self.mpesa_queries_per_minute = 5.0
        return self

    @model_validator(mode="after")
    def _require_whole_initiator(self) -> Self:
        """Half an initiator would be found out by M-PESA, which locks it after three wrong credentials."""
        for account in ("MPESA", "MPESA_B2C"):
            name, credential, password = (
                getattr(self, f"{account.lower()}_{part}")
                for part in ("initiator", "security_credential", "initiator_password")
            )
            made = password.get_secret_value() and self.mpesa_certificate
            if name and not (credential.get_secret_value() or made):
                raise ValueError(
                    f"with SOKOPESA_{account}_INITIATOR set SOKOPESA_{account}_SECURITY_CREDENTIAL, or "
                    f"SOKOPESA_{account}_INITIATOR_PASSWORD and SOKOPESA_MPESA_CERTIFICATE"
                )
        return self

    @model_validator(mode="after")
    def _refuse_development_settings_with_real_money(self) -> Self:
        """A market that takes real money must not start with what is known to everybody, or without HTTPS."""
        if self.mpesa_environment != "production":
            return self
        sms = self.sms_provider == "africastalking" and self.africastalking_key.get_secret_value()
        mail = self.email_url.get_secret_value() if self.email_url else ""
        https = {name: getattr(self, name).startswith("https://") for name in ("mpesa_callback_base_url", "site_url")}
        own_key = self.secret_key.get_secret_value() != DEVELOPMENT_KEY
        found = {
            "set SOKOPESA_SECRET_KEY to a secret of your own": own_key,
            "set SOKOPESA_DEBUG to false": not self.debug,
            "set SOKOPESA_DEMO to false": not self.demo,
            "set SOKOPESA_SECURE to true and serve over HTTPS": self.secure,
            "set SOKOPESA_MPESA_CALLBACK_BASE_URL to your https:// address": https["mpesa_callback_base_url"],
            "set SOKOPESA_MEDIA_ROOT to a folder that is backed up, by its full path": self.media_root.is_absolute(),
            "set SOKOPESA_SMS_PROVIDER to africastalking, with your user name and key: codes go by SMS": bool(sms),
            "set SOKOPESA_EMAIL_URL to your mail server, or to nothing": not mail.startswith("console:"),
            "set SOKOPESA_SITE_URL to your https:// address, which e-mails name": not mail or https["site_url"],
        }
        wrong = [words for words, is_right in found.items() if not is_right]
        if wrong:
            raise ValueError("before taking real money, " + "; ".join(wrong))
        return self


CONFIGURATION = Configuration()
