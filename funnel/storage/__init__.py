"""Keeping a workspace: the only part that knows DuckDB."""
