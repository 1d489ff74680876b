package policy
import rego.v1

default allow := false

repository := data["resource-path"][0]

allow if {
    repository == "training"
    input.submods.cpu0["ear.status"] in {"affirming", "warning"}
}

allow if {
    repository == "production"
    input.submods.cpu0["ear.status"] == "affirming"
    input.submods.cpu0["ear.trustworthiness-vector"].hardware == 2
}
