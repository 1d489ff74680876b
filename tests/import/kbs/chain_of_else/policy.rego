package policy
import rego.v1

# Contraindicated hardware is refused, whatever else there is.
allow := false if {
    input.submods.cpu0["ear.trustworthiness-vector"].hardware >= 96
} else := true if {
    input.submods.cpu0["ear.status"] == "affirming"
} else := true if {
    data["resource-path"][0] == "public"
}
