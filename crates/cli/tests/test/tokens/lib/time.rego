# METADATA
# title: Time
# description: Helpers about instants and durations, in ms.
package lib.time

day_ms := ((24 * 60) * 60) * 1000

now_ms := time.now_ns() / 1000000

# How many whole days lie between two instants.
days_between(from, to) := floor((to - from) / day_ms)

is_past(instant) if instant < now_ms

# Counted from 1970-01-01, a Thursday.
is_weekend(instant_ns) if (floor(instant_ns / (day_ms * 1000000)) + 4) % 7 in {0, 6}
