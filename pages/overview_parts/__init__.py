"""The pieces of the Overview page."""
