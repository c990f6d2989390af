"""People at a running server, over its own websocket protocol; ``python -m tests.load`` says how it bears them."""
