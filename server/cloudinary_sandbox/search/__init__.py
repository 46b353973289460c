"""Search: the expressions' grammar, an index that may lag behind the assets, and the queries over it."""
