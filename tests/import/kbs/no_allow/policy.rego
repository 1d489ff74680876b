package policy

default deny = true
