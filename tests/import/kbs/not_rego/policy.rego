package policy

allow if if {
