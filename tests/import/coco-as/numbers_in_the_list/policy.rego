package policy
import rego.v1

default executables := 33

trust_claims := {
    "executables": executables,
    "hardware": 2,
    "file-system": 0,
    "sourced-data": -1,
}

executables := 3 if input.snp.measurement in query_reference_value("builds")
