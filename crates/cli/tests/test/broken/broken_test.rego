package broken_test

test_a if undefined_function(1)

test_b if x > 1
