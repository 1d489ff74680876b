package policy

default hardware := 0
