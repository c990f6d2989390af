"""The pieces of the Bottleneck page."""
