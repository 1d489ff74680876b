package policy
import rego.v1

default executables := 0
default hardware := 0

trust_claims := {"executables": executables, "hardware": hardware}

executables := 3 if input.snp.measurement in query_reference_value("builds")

hardware := 2 if input.snp.reported_tcb_snp == 8
