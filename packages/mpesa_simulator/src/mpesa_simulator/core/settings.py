"""How this network behaves when nothing is broken."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(ge=0, le=86_400)]


class Settings(BaseModel):
    """Times in seconds. The defaults are quick enough to show and slow enough to be seen."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    push_seconds: Seconds = Field(0.4, description="from the acknowledgement until the prompt rises on the phone")
    prompt_seconds: Seconds = Field(60, description="how long a prompt waits for its PIN")
    unreachable_seconds: Seconds = Field(8, description="until M-PESA gives up on a phone that is off")
    callback_seconds: Seconds = Field(0.6, description="from an outcome until its callback is sent")
    result_seconds: Seconds = Field(0.6, description="until an asynchronous request (B2C, reversal, …) is carried out")
    answer_timeout_seconds: Seconds = Field(8, description="how long M-PESA waits for the answer to a callback")
    pending_query: Literal["4999", "error"] = Field(
        "4999", description="how a query speaks of an open prompt: ResultCode 4999, or HTTP 500 500.001.1001"
    )
    queries_per_minute: int | None = Field(None, ge=1, description="spike arrest on STK queries, for each app")
    same_amount_seconds: Seconds = Field(0, description="refuse the same payment again within this time (code 17)")
    one_token_per_app: bool = Field(default=False, description="a new token ends the app's earlier one")
    known_apps_only: bool = Field(default=False, description="refuse consumer keys that belong to no organisation")
