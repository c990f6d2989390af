"""The pieces of the Retrospective page."""
