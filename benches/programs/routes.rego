# A table of routes with places for variables, searched for the route of a path, and the scopes that it needs.
package bench

path := split(trim_prefix(input.path, "/"), "/")

matches(pattern) if {
	count(pattern) == count(path)
	every at, segment in pattern {
		fits(segment, path[at])
	}
}

fits(segment, _) if startswith(segment, ":")

fits(segment, given) if segment == given

candidates := [route |
	some route in data.routes
	route.method == input.method
	matches(route.path)
]

missing contains scope if {
	some route in candidates
	some scope in route.scopes
	not scope in input.scopes
}

result := {"routes": [route.name | some route in candidates], "missing": missing}
