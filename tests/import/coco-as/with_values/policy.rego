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
    input.snp.measurement in query_reference_value("snp_launch_measurement")
}

hardware := 2 if {
    input.snp.reported_tcb_bootloader in query_reference_value("snp_bootloader")
    input.snp.reported_tcb_microcode in query_reference_value("snp_microcode")
}

configuration := 2 if {
    input.snp.policy_debug_allowed == false
    input.snp.platform_smt_enabled == query_reference_value("snp_smt_enabled")
}
