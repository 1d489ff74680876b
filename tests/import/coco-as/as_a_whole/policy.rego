package policy
import rego.v1

default hardware := 97

trust_claims := {"executables": executables, "hardware": hardware}

executables := 3 if input.snp == query_reference_value("report")

executables := 3 if input.tdx.td_attributes.debug == false

hardware := 2 if not input.snp == "bad"
