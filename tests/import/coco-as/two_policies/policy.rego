package policy

default executables := 0
