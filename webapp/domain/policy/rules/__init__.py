"""The rows of the rulebook: what one says, how it reads a situation, how it is read from TOML."""
