package policy
import rego.v1

default hardware := 97

trust_claims := {"executables": executables, "hardware": hardware}

# A helper whose value is a claim: `false` is no success.
single := input.snp.policy_single_socket

migrates := input.snp.policy_migrate_ma if input.snp.policy_abi_minor >= 1

executables := 3 if single

hardware := 2 if not migrates
