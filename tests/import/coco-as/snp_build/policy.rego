package policy
import rego.v1

default executables := 33
default hardware := 97
default configuration := 36

trust_claims := {
    "executables": executables,
    "hardware": hardware,
    "configuration": configuration,
}

executables := 3 if {
    input.snp
    input.snp.measurement in query_reference_value("snp_launch_measurement")
}

hardware := 2 if {
    input.snp
    input.snp.reported_tcb_snp >= 8
    input.snp.reported_tcb_microcode >= 115
}

configuration := 2 if {
    input.snp
    input.snp.policy_debug_allowed == false
    input.snp.policy_migrate_ma == false
}
