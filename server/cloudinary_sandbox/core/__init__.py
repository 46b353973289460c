"""What every service of the sandbox stands on: calls, parameters, storage, identity, limits."""
