"""The market for programs: JSON under ``/api/v1/``, signed in by a token."""
