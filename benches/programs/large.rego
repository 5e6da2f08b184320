# 100,000 elements of base data: a filter and an aggregate.
package bench

result := {"hits": count([x | some x in data.numbers; x % 7 == 3]), "largest": max(data.numbers)}
