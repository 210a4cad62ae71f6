"""The door as an application of its own, for processes that do nothing else.

sokopesa serve --door-only --workers 2
"""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sokopesa.settings")
django.setup()

from sokopesa.configuration import CONFIGURATION  # noqa: E402 - Django first
from sokopesa.intake.door import Door  # noqa: E402

application = Door(CONFIGURATION.database_url)
