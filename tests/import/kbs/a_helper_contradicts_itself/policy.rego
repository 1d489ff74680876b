package policy
import rego.v1

default allow := false

# Two values at once are an error, and on an error nothing is allowed.
tier := 1 if data["resource-path"][0] == "default"

tier := 2 if data["resource-path"][1] == "key"

allow if {
    not tier
    input.submods.cpu0["ear.status"] == "affirming"
}

allow if {
    tier
    input.submods.cpu0["ear.status"] == "affirming"
}
