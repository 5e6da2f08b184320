# Strings taken apart, tested and put together.
package bench

result contains message if {
	some object in data.objects
	parts := split(object.arn, ":")
	parts[2] == "iam"
	name := lower(trim_space(object.name))
	not startswith(name, "svc-")
	message := sprintf("%s: %s in %s is named %q", [upper(parts[0]), replace(parts[5], "/", "."), parts[4], name])
}
