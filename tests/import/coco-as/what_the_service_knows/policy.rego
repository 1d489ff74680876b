package policy
import rego.v1

default executables := 3
default configuration := 36

trust_claims := {"executables": executables, "hardware": hardware, "configuration": configuration}

# What the service itself puts on top is there for evidence of every attester.
executables := 33 if input.runtime_data_claims.mode == "debug"

hardware := 2 if {
    not input.init_data == "bad"
    input.snp
}

configuration := 2 if input.snp.policy_debug_allowed == false
