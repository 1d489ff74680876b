package policy

default allow = false

allow {
    data.plugin == "resource"
    data["resource-path"] == ["default", "key", "1"]
    input.submods.cpu0["ear.status"] == "affirming"
}
