"""The demo's product pictures, drawn by the project. ``python -m sokopesa.demo.catalogue.pictures`` redraws them."""
