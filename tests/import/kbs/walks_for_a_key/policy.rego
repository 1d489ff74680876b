package policy
import rego.v1

default allow := false

name := "cpu0"

# The key says which appraisal.
allow if {
    some "cpu0", result in input.submods
    result["ear.status"] == "warning"
}

# The variable is not the rule of its name: it is the key of any appraisal.
allow if {
    some name, result in input.submods
    name == "cpu0"
    result["ear.status"] == "none"
}

# One and the same appraisal, though it is walked to twice.
allow if {
    some key, result in input.submods
    result["ear.status"] == "contraindicated"
    again := input.submods[key]
    again["ear.trustworthiness-vector"].hardware == 2
}
