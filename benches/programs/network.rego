# Network access lists: the first rule whose networks, ports and protocol hold decides.
package bench

holds(rule) if {
	rule.protocol in {"any", input.protocol}
	input.port >= rule.ports[0]
	input.port <= rule.ports[1]
	some network in rule.sources
	net.cidr_contains(network, input.source)
}

held := [rule.order | some rule in data.rules; holds(rule)]

default result := "deny"

result := rule.action if {
	first := min(held)
	some rule in data.rules
	rule.order == first
}
