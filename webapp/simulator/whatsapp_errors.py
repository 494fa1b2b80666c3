"""WhatsApp's refusals by code (error codes page of 2026-03-10); details stand in `error_data`."""

from __future__ import annotations

from webapp.simulator.errors import Refusal


def _refusal(code: int, words: str, status: int = 400) -> Refusal:
    data = {"messaging_product": "whatsapp", "details": words}
    return Refusal(code, f"(#{code}) {words}", None, status, error_data=data)


def missing(name: str) -> Refusal:
    return _refusal(131008, f"Required parameter is missing: {name}")


def parameter(words: str) -> Refusal:
    return _refusal(131009, f"Parameter value is not valid: {words}")


def unsupported(kind: str) -> Refusal:
    return _refusal(131051, f"Message type {kind} is not supported")


def media() -> Refusal:
    return _refusal(131053, "Media upload error")


def closed() -> Refusal:
    words = "Message failed to send because more than 24 hours have passed since the customer last"
    return _refusal(131047, f"{words} replied to this number")


def undeliverable() -> Refusal:
    return _refusal(131026, "Message undeliverable")


def not_delivered() -> Refusal:
    words = "This message was not delivered to maintain healthy ecosystem engagement"
    return _refusal(131049, words)


def stopped() -> Refusal:
    return _refusal(131050, "User has stopped marketing messages from this business")


def country() -> Refusal:
    return _refusal(130497, "Business account is restricted from messaging users in this country")


def template_unknown(name: str) -> Refusal:
    return _refusal(132001, f"Template name {name} does not exist in the translation", 404)


def template_parameters(words: str) -> Refusal:
    return _refusal(132000, f"Number of parameters does not match: {words}")


def throughput() -> Refusal:
    return _refusal(130429, "Rate limit hit", 429)


def pair() -> Refusal:
    return _refusal(131056, "Too many messages from this number to the same person")


def locked() -> Refusal:
    return _refusal(131031, "Account has been locked", 403)


def spam() -> Refusal:
    return _refusal(131048, "Spam rate limit hit: restrictions on this number")
