"""Which face answers which address. M-PESA's callbacks never come this way: `sokopesa.asgi` hands them to intake."""

from __future__ import annotations

from django.urls import include, path

from sokopesa.configuration import CONFIGURATION

urlpatterns = [
    path("api/", include("sokopesa.faces.api.urls")),
    path("account/second-factor/", include("sokopesa.faces.second_factor.urls")),
    path("account/", include("sokopesa.faces.storefront.account_urls")),
    path("desk/", include("sokopesa.faces.back_office.urls")),
    path("seller/", include("sokopesa.faces.seller_centre.urls")),
    *([path("demo/", include("sokopesa.demo.urls"))] if CONFIGURATION.demo else []),
    path("", include("sokopesa.faces.storefront.urls")),
]

handler404 = "sokopesa.faces.storefront.views.errors.not_found"
handler403 = "sokopesa.faces.storefront.views.errors.forbidden"
handler500 = "sokopesa.faces.storefront.views.errors.failed"
