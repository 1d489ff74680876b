package policy
import rego.v1

default executables := 33

trust_claims := {"executables": executables}

executables := 3 if {
    input.snp.measurement in query_reference_value("builds")
    not input.snp.policy_debug_allowed
}

executables := 3 if {
    input.tdx.quote.body.mr_td in query_reference_value("builds")
    not input.tdx.td_attributes.debug
}
