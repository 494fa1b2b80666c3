"""The command line, `fanlight`: the same services as the screens and the API."""
