package policy
import rego.v1

default allow := false

# Each variable needs a value, or the body fails.
allow if {
    parts := count(input.submods.gpu0)
    input.submods.cpu0["ear.status"] == "affirming"
}

allow if {
    minimum := data.reference.minimum
    input.submods.cpu0["ear.status"] == "warning"
}

allow if {
    claims := input.submods.cpu0["ear.trustworthiness-vector"]
    input.submods.cpu0["ear.status"] == "none"
}

allow if {
    name := data["resource-path"][1]
    input.submods.cpu0["ear.status"] == "contraindicated"
}
