package policy

default allow = false

# Before paths were lists.
allow {
    startswith(data["resource-path"], "team-a/")
    not endswith(data["resource-path"], "/root")
    input["submods"]["cpu"]["ear.status"] == "affirming"
}
