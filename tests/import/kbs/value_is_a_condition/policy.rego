package policy
import rego.v1

default allow := false

allow := input.submods.cpu0["ear.status"] == "affirming"
