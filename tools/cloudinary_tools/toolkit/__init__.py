"""How a tool is made: its registration, schema, context, results, plans and cursors."""
