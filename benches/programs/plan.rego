# A plan of changes to infrastructure: what it does, by type and action, its score, and what is forbidden.
package bench

weights := {"aws_instance": {"delete": 10, "create": 1, "update": 2}, "aws_iam_role": {"delete": 50, "create": 20, "update": 30}}

changes(type, action) := [change.address |
	some change in input.resource_changes
	change.type == type
	action in change.change.actions
]

score := sum([cost |
	some type, actions in weights
	some action, weight in actions
	cost := weight * count(changes(type, action))
])

forbidden contains change.address if {
	some change in input.resource_changes
	change.type == "aws_iam_role"
	change.change.after.path == "/admin/"
}

untagged contains change.address if {
	some change in input.resource_changes
	"create" in change.change.actions
	missing := {"owner", "cost"} - object.keys(object.get(change.change.after, "tags", {}))
	count(missing) > 0
}

default result := {"score": -1}

result := {"score": score, "forbidden": forbidden, "untagged": untagged}
