# Two tables joined by a key, by comprehension: orders with what their customers may do.
package bench

result := [line |
	some order in data.orders
	some customer in data.customers
	customer.id == order.customer
	customer.country == input.country
	line := {"order": order.id, "customer": customer.name, "total": order.total}
]
