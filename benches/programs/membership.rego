# Membership in sets, and a set gathered from objects; one set is a constant, the other a rule.
package bench

blocked := {"owner-001", "owner-007", "owner-013", "owner-042", "owner-055", "owner-056", "owner-078", "owner-079"}

allowed_regions := {region | some region in data.regions}

result contains object.id if {
	some object in data.objects
	object.region in allowed_regions
	not object.owner in blocked
}
