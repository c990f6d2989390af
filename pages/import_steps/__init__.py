"""The steps of the Import page: upload → map → check → confirm, and the history below."""
