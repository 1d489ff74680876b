package policy
import rego.v1

default allow := false

vector := input.submods.cpu0["ear.trustworthiness-vector"]

allow if {
    data.plugin == "resource"
    vector.executables == 3
    vector.hardware == 2
    vector.configuration <= 32
}
