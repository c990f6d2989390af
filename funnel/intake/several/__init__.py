"""An upload of several files, or of one that holds several tables: what each is, and how they belong together."""
