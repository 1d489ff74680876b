package policy
import rego.v1

trust_claims := {"executables": executables} if input.snp.policy_debug_allowed == false

executables := 3 if input.snp.measurement in query_reference_value("builds")
