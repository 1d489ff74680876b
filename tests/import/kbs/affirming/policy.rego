package policy
import rego.v1

default allow = false

# The processor's evidence must be affirmed.
allow if {
    input["submods"]["cpu0"]["ear.status"] == "affirming"
}
