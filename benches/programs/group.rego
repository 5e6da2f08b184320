# Rows grouped by a field, as people write it: a comprehension within a comprehension.
package bench

groups := {row.group | some row in data.rows}

result := {group: ids |
	some group in groups
	ids := [row.id | some row in data.rows; row.group == group]
}
