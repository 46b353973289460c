"""The REST client, on the wire as respx sees it."""
