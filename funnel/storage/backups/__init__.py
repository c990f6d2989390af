"""Copies of a workspace: made, looked at, kept and taken over."""
