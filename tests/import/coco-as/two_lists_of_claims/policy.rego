package policy
import rego.v1

trust_claims := {"executables": cpu} if input.snp

trust_claims := {"executables": gpu} if input.tdx

cpu := 3 if input.snp.policy_debug_allowed == false

gpu := 3 if input.tdx.td_attributes.debug == false

# Not what the two lists name.
executables := 3
