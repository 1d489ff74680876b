package policy
import rego.v1

default executables := 33
default hardware := 97

trust_claims := {"executables": executables, "hardware": hardware}

# The values beside the policy have a text for this, and a text has no members.
executables := 3 if input.snp.measurement in query_reference_value("builds")

executables := 2 if input.snp.policy_abi_minor in query_reference_value("interfaces")

hardware := 2 if input.snp.reported_tcb_snp >= 8
