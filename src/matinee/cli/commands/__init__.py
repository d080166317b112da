"""Every command with its arguments, by what it is about."""
