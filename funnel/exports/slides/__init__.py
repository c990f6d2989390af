"""Reports as slides: native, editable charts and tables in a .pptx. python-pptx is imported where a deck is built."""
