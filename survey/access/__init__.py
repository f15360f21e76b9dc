"""Accounts of organisers and secretaries; who may do what, where. Attendees have no account."""
