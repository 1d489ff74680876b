package policy
import rego.v1

default allow := false

startswith(a, b) := a == b

# A set is no list.
allow if {
    data["resource-path"] == {"default", "key"}
    input.submods.cpu0["ear.status"] == "affirming"
}

# A list is no text.
allow if {
    split(data.plugin, "/") == "resource"
    input.submods.cpu0["ear.status"] == "affirming"
}

# A key is no index.
allow if {
    data["resource-path"]["0"] == "default"
    input.submods.cpu0["ear.status"] == "affirming"
}

# The policy's own function.
allow if {
    startswith(data.plugin, "res")
    input.submods.cpu0["ear.status"] == "affirming"
}

# A text is no decision.
allow := data.plugin if input.submods.cpu0["ear.status"] == "warning"

allow if {
    data["resource-path"] == ["default", "key", "1"]
    input.submods.cpu0["ear.status"] == "none"
}
