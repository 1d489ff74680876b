package policy
import rego.v1

default allow := false

third := data["resource-path"][2]

is_open := data["resource-path"][1] if data.plugin == "resource"

allow if {
    third
    input.submods.cpu0["ear.status"] == "affirming"
}

allow if {
    is_open
    input.submods.cpu0["ear.status"] == "warning"
}
