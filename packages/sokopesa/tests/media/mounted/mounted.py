"""The market with one more page: a form with files, as chat and disputes have it. Only browser tests are served it."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sokopesa.settings")

from django.conf import settings

settings.ROOT_URLCONF = __name__

from django.contrib.auth.decorators import login_required  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.template import engines  # noqa: E402
from django.urls import path  # noqa: E402

from sokopesa.asgi import application  # noqa: E402, F401 - this is what is served
from sokopesa.faces.storefront.uploading import claimed  # noqa: E402
from sokopesa.kernel import clock  # noqa: E402
from sokopesa.media.models import Upload  # noqa: E402
from sokopesa.urls import urlpatterns as market  # noqa: E402

PAGE = """
{% extends "storefront/base.html" %}
{% load static %}
{% block main_class %}narrow{% endblock %}
{% block content %}
<h1>{% if sent %}Sent{% else %}What is wrong?{% endif %}</h1>
{% if sent %}<ul class="stack">{% for upload in files.uploads %}
<li>{{ upload.name }}: {{ upload.content_type }}
{% url 'storefront:upload' upload.pk as address %}
{% if upload.kind == "video" %}<video controls width="300" src="{{ address }}"></video>{% endif %}
{% if upload.kind == "image" %}<img width="300" src="{{ address }}" alt="{{ upload.name }}">{% endif %}</li>
{% endfor %}</ul>{% else %}
<form method="post" enctype="multipart/form-data" class="form card" data-once novalidate>
  {% csrf_token %}
  <div class="field"><label for="words">Details</label>
  <textarea id="words" name="words" rows="3">{{ words }}</textarea></div>
  {% include "storefront/parts/uploads.html" %}
  <div class="actions"><button class="button">Submit</button></div>
</form>{% endif %}
{% endblock %}
"""


@login_required
def page(request: HttpRequest) -> HttpResponse:
    files = claimed(request, request.user, Upload.Purpose.EVIDENCE, clock.now())
    words = request.POST.get("words", "")
    sent = request.method == "POST" and not files.errors
    template = engines["django"].from_string(PAGE)
    return HttpResponse(template.render({"files": files, "sent": sent, "words": words}, request))


urlpatterns = [path("try-files/", page), *market]
handler404 = "sokopesa.faces.storefront.views.errors.not_found"
