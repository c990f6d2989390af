"""The example that asks a CRM every night, against a server of ours that plays the CRM."""
