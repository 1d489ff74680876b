package policy
import rego.v1

default executables := 33
default configuration := 36

trust_claims := {"executables": executables, "configuration": configuration}

executables := 3 if {
    input["az-snp-vtpm"].measurement in query_reference_value("measurement")
}

configuration := 2 if {
    input["az-snp-vtpm"].policy_smt_allowed in query_reference_value("smt_allowed")
    input["az-snp-vtpm"].policy_abi_minor in query_reference_value("abi_minor")
    input["az-snp-vtpm"].policy_debug_allowed == false
}
