# `every` and `not` over nested arrays: pods of which nothing bad can be said.
package bench

result contains pod.id if {
	some pod in data.pods
	every container in pod.containers {
		not container.privileged
		not "NET_ADMIN" in container.capabilities
		every port in container.ports { port < 10000 }
	}
}
