# Names matched with patterns: regular expressions and globs, constant and from data.
package bench

result contains name if {
	some name in data.names
	regex.match(`^(prod|staging)-[a-z]{2,8}-[0-9]{3}$`, name)
	not excluded(name)
}

excluded(name) if {
	some pattern in data.excluded
	glob.match(pattern, ["-"], name)
}
