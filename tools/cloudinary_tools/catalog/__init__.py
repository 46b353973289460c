"""The tools, one module per group; each public function registered with `@tool` is one tool."""
