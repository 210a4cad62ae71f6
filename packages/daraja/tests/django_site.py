"""A Django site of one view, served for `test_webhooks.py`. Prints its port; exits when its input closes."""

import json
import sys
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import path

import daraja
from daraja.webhooks import Delivery, Webhook
from daraja.webhooks.django import callback_view


def handle(delivery: Delivery[daraja.StkCallback]) -> dict[str, object]:
    if delivery.path["token"] == "broken":
        raise RuntimeError("the database is away")
    receipt = delivery.message.receipt if delivery.message else None
    return {"token": delivery.path["token"], "receipt": receipt, "size": len(delivery.body)}


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
        SECRET_KEY="for-this-test-only",
        LOGGING_CONFIG=None,
    )
    django.setup()
    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
    Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(json.dumps(server.server_address[1]) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.shutdown()
    server.server_close()


webhook = Webhook(parse=daraja.parse_stk_callback, handle=handle, allowed=["127.0.0.0/8"])
stranger = Webhook(parse=daraja.parse_stk_callback, handle=handle)
urlpatterns = [path("pay/<str:token>", callback_view(webhook)), path("strict/<str:token>", callback_view(stranger))]

if __name__ == "__main__":
    main()
