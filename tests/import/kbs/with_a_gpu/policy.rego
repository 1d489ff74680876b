package policy
import rego.v1

default allow := false

cpu_is_good if input.submods.cpu0["ear.status"] == "affirming"

gpu_is_good if input.submods.gpu0["ear.status"] == "affirming"

allow if {
    data["resource-path"][1] == "model"
    cpu_is_good
    gpu_is_good
}

allow if {
    data["resource-path"][1] == "config"
    cpu_is_good
}
