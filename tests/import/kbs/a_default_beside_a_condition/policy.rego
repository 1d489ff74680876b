package policy
import rego.v1

default allow := false

# Where the claim is absent the comparison is undefined, and the default counts.
default is_refused := true

is_refused := input.submods.cpu0["ear.trustworthiness-vector"].hardware == 97

allow if {
    not is_refused
    input.submods.cpu0["ear.status"] == "affirming"
}

# The value sees the variables of its body.
plugin := "resource"

is_named := plugin if plugin := data["resource-path"][4]

allow if {
    is_named
    input.submods.cpu0["ear.status"] == "affirming"
}
