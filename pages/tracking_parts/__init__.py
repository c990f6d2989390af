"""Pieces of the Tracking page."""
