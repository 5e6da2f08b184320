# Admission of a pod to a cluster: images, labels, limits, mounts; a message for each violation.
package bench

containers := array.concat(input.request.object.spec.containers, object.get(input.request.object.spec, "initContainers", []))

result contains sprintf("image '%s' comes from an untrusted registry", [container.image]) if {
	some container in containers
	not trusted(container.image)
}

trusted(image) if {
	some registry in data.registries
	startswith(image, registry)
}

result contains sprintf("container '%s' has no memory limit", [container.name]) if {
	some container in containers
	not container.resources.limits.memory
}

result contains sprintf("container '%s' runs as root", [container.name]) if {
	some container in containers
	object.get(container, ["securityContext", "runAsNonRoot"], false) == false
}

result contains sprintf("label '%s' is missing", [label]) if {
	some label in data.labels
	not input.request.object.metadata.labels[label]
}

result contains sprintf("volume '%s' mounts the host", [volume.name]) if {
	some volume in input.request.object.spec.volumes
	volume.hostPath
}

result contains sprintf("tag of '%s' is not pinned", [container.image]) if {
	some container in containers
	regex.match(`:latest$|^[^:]+$`, container.image)
}
