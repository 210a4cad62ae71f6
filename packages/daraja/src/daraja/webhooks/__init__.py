"""Callback endpoints for Django, FastAPI and Flask, each a few lines around the same reception."""

from daraja.webhooks.reception import ACCEPTED, Answer, Delivery, Webhook

__all__ = ["ACCEPTED", "Answer", "Delivery", "Webhook"]
