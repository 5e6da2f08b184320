package lib.heads

p contains {"x": upper("a")}

q contains input.z

r contains 5

s contains "a" if upper("x")

t contains upper("b")

u := [input.z]

v := {"a": upper("b")}

w[x] := upper(x) if some x in ["a"]

f(x) := $"a {upper(x)} {input.z}"
