# Partial objects: an index built by rules, then asked for some keys.
package bench

by_id[row.id] := row if some row in data.rows

by_owner[row.owner] contains row.id if some row in data.rows

result := {"rows": [by_id[id].name | some id in input.ids], "owned": by_owner[input.owner], "owners": count(by_owner)}
