"""A workspace's source: files on this machine that are read again, as a person once confirmed, when they are newer."""
