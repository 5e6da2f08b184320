# Loops over numbers: the primes below 200, by trial division.
package bench

result := [n |
	some n in numbers.range(2, 200)
	not composite(n)
]

composite(n) if {
	some d in numbers.range(2, 14)
	d < n
	n % d == 0
}
