# Configuration merged from layers, with parts taken out.
package bench

layered := object.union_n([layer | some layer in data.layers])

public := object.remove(layered, ["credentials", "internal"])

flags := {name: true | some name, flag in layered.flags; flag.enabled}

result := {
	"config": object.filter(public, ["service", "limits", "region"]),
	"flags": flags,
	"timeout": object.get(public, ["limits", "timeout"], 30),
	"merged": object.union(public.limits, input.limits),
}
