package policy
import rego.v1

default allow := false

device := "cpu0"

# The rule says which appraisal.
allow if {
    result := input.submods[device]
    result["ear.status"] == "affirming"
}
