"""History that is larger than one memory: counted in parts, here or on a cluster. ``docs/scale.md``."""
