package policy
import future.keywords.in

default allow = false

allow {
    some submod in input.submods
    submod["ear.status"] == "affirming"
    submod["ear.trustworthiness-vector"].executables == 3
}
