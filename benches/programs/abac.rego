# Attributes of who asks, what for and when: several ways to be allowed, and the reasons why not.
package bench

owner if input.resource.owner == input.subject.id

team if {
	input.resource.team in input.subject.teams
	input.action in {"read", "comment"}
}

clearance if levels[input.subject.clearance] >= levels[input.resource.classification]

levels := {"public": 0, "internal": 1, "confidential": 2, "secret": 3}

working_hours if {
	input.context.hour >= 8
	input.context.hour < 18
	not input.context.weekday in {"saturday", "sunday"}
}

default allowed := false

allowed if {
	owner
	clearance
}

allowed if {
	team
	clearance
	working_hours
}

reasons contains "clearance is too low" if not clearance

reasons contains "outside working hours" if not working_hours

reasons contains sprintf("%s is in no team of the resource", [input.subject.id]) if not team

result := {"allowed": allowed, "reasons": reasons}
