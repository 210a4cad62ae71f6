"""Any table of finance's pages as a file."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse

from sokopesa.faces.back_office.access import staff_page
from sokopesa.faces.back_office.listings import listing
from sokopesa.faces.back_office.paging import read_id
from sokopesa.kernel import clock
from sokopesa.ledger.exports.tables import write_csv, write_xlsx

_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@staff_page
def download(request: HttpRequest, name: str, form: str) -> HttpResponse:
    """Every row that the page's filters leave."""
    if form not in _TYPES:
        raise Http404
    now = clock.now()
    with TemporaryDirectory() as folder, transaction.atomic():
        path = Path(folder) / f"{name}.{form}"
        (write_csv if form == "csv" else write_xlsx)(listing(name, request.GET).table(now=now), path)
        body = path.read_bytes()
    of = read_id(request.GET.get("of"))
    stamp = name if of is None else f"{name}-{of}"
    headers = {"Content-Disposition": f'attachment; filename="{stamp}-{clock.nairobi_date(now)}.{form}"'}
    return HttpResponse(body, content_type=_TYPES[form], headers=headers)
