package policy
import rego.v1

default executables := 33
default hardware := 97

trust_claims := {"executables": executables, "hardware": hardware}

executables := 3 if input.snp.measurement in query_reference_value("builds")

# Firmware of 8 is good, and chips with threads are not. Where both hold, the policy contradicts itself, and the service gives no result.
hardware := 2 if input.snp.reported_tcb_snp >= 8

hardware := 96 if input.snp.platform_smt_enabled == true
