package policy
import rego.v1

default executables := 33
default configuration := 36

trust_claims := {"executables": executables, "configuration": configuration}

executables := 3 if input.snp.measurement in query_reference_value("builds")

# A known configuration affirms; one without known vulnerabilities does too; a debugged one is contraindicated.
configuration := 2 if {
    input.snp.policy_abi_minor == 31
    input.snp.policy_debug_allowed == false
} else := 3 if {
    input.snp.policy_debug_allowed == false
    input.snp.policy_migrate_ma == false
} else := 97 if {
    input.snp.policy_debug_allowed == true
}
