# What lies anywhere in a nested document: values of keys that should not be there, with their paths.
package bench

secret := {"password", "secret", "token", "private_key"}

result contains concat("/", [sprintf("%v", [part]) | some part in path]) if {
	walk(input.document, [path, value])
	path[count(path) - 1] in secret
	is_string(value)
	value != ""
}
