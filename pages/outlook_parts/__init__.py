"""Parts of the Outlook page."""
