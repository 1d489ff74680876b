package policy
import rego.v1

default allow := false

some_affirmed if {
    some result in input.submods
    result["ear.status"] == "affirming"
}

# The language asks no permit of several parts, which may be of different machines.
allow if {
    some result in input.submods
    result["ear.trustworthiness-vector"].hardware == 2
    some_affirmed
}

allow if {
    count(input.submods) > 1
    some_affirmed
}
