# Sets computed with: what is required, what is there, what is too much.
package bench

required := {tag | some tag in data.required}

present(resource) := {tag | some tag, _ in resource.tags}

result[resource.id] := {"missing": missing, "unknown": unknown} if {
	some resource in data.resources
	missing := required - present(resource)
	unknown := present(resource) - (required | {tag | some tag in data.optional})
	count(missing | unknown) > 0
}
