"""What was counted for a workspace, kept beside its file."""
