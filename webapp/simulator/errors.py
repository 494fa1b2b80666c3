"""The platform's refusals: code, subcode and words, each where its meaning is documented.

Codes: the Messenger error reference of 2026-06-25, Graph error guide, Marketing Message reference
of 2026-04-24. HTTP statuses are not documented per code; these are the ones seen in practice.
"""

from __future__ import annotations

from typing import Any

from webapp.simulator.answers import Answer, Json


class Refusal(Exception):
    """The platform says no. `answer()` is the envelope it says it in."""

    def __init__(
        self,
        code: int,
        message: str,
        subcode: int | None = None,
        status: int = 400,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.code, self.subcode, self.status = code, subcode, status
        self.message, self.more = message, more

    def answer(self, trace: str) -> Answer:
        error: Json = {"message": self.message, "type": "OAuthException", "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        error.update(self.more, fbtrace_id=trace)
        return Answer({"error": error}, self.status)


def unknown() -> Refusal:
    return Refusal(1, "An unknown error occurred", 99, 500)


def token_invalid() -> Refusal:
    return Refusal(190, "Invalid OAuth access token - Cannot parse access token", None, 401)


def token_dead(subcode: int = 463) -> Refusal:
    """458 app removed, 459 checkpoint, 460 password changed, 463 expired, 467 logged out."""
    return Refusal(190, "Error validating access token: the session has expired.", subcode, 401)


def no_object(identity: str) -> Refusal:
    words = f"Unsupported request. Object with ID '{identity}' does not exist, cannot be loaded"
    return Refusal(
        100, f"{words} due to missing permissions, or does not support this operation", 33
    )


def bad_parameter(words: str, subcode: int | None = None) -> Refusal:
    return Refusal(100, f"(#100) {words}", subcode)


def required(name: str) -> Refusal:
    return bad_parameter(f"The parameter {name} is required")


def too_long(name: str, limit: int) -> Refusal:
    return bad_parameter(f"Length of param {name} must be less than or equal to {limit}")


def tag_gone(tag: str) -> Refusal:
    return bad_parameter(f"Message tag {tag} is deprecated and can no longer be used")


def tag_unknown(tag: str) -> Refusal:
    return bad_parameter(f"Param tag must be one of the supported message tags, not {tag!r}")


def subscription_token_invalid() -> Refusal:
    return bad_parameter("The notification messages token is invalid or has expired")


def region_closed() -> Refusal:
    """Recurring notifications ended here on 2026-02-10; the code is our reading of "an error"."""
    words = "The notification messages token can no longer be used: the feature ended"
    return bad_parameter(f"{words} in this person's region")


def no_person() -> Refusal:
    return bad_parameter("No matching user found", 2018001)


def unavailable() -> Refusal:
    return Refusal(551, "(#551) This person isn't available right now.", 1545041)


def outside_window() -> Refusal:
    words = "(#10) This message is sent outside of allowed window."
    return Refusal(10, words, 2018278, 403)


def outside_instagram_window() -> Refusal:
    words = "(#10) This message is sent outside of allowed window."
    return Refusal(10, words, 2534022, 403)


def needs_news() -> Refusal:
    words = "(#10) This message is sent outside of allowed window. News messaging is required."
    return Refusal(10, words, 2018065, 403)


def topic_stopped() -> Refusal:
    return Refusal(10, "(#10) The user has stopped notifications for this topic", 1893015, 403)


def page_restricted() -> Refusal:
    words = "(#10) Your Page is temporarily restricted from sending messages"
    return Refusal(10, words, 1893063, 403)


def policy_block() -> Refusal:
    return Refusal(368, "The action attempted has been deemed abusive or is otherwise disallowed")


def too_soon(next_eligible: int) -> Refusal:
    words = "(#4) The message was sent before the minimum delay after the previous one"
    return Refusal(4, words, 2018354, error_data={"next_eligible_time": next_eligible})


def rate_exceeded() -> Refusal:
    return Refusal(613, "(#613) Calls to this api have exceeded the rate limit.")


def quota_exceeded() -> Refusal:
    words = "(#80006) There have been too many calls to this Messenger account. Wait a bit."
    return Refusal(80006, words)


def fields_not_permitted() -> Refusal:
    return bad_parameter("The profile fields requested are not permitted", 2018247)


def paid(code: int, words: str, **data: int) -> Refusal:
    """2300000 to 2300080: the Marketing Message API."""
    more: dict[str, Any] = {"error_data": data} if data else {}
    return Refusal(code, f"(#{code}) {words}", None, 400, **more)
