"""The pieces of the Settings page, one tab each."""
