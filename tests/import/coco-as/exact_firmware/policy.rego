package policy
import rego.v1

default executables := 33
default hardware := 97

trust_claims := {"executables": executables, "hardware": hardware}

known := {"7a1e5c266c0108dbc9bb94fa926951320940915d0aafb42464bd88b579ea158d3e1a0dc39b2c60bd95b9c480cd81841f"}

executables := 3 if input.snp.measurement in known

# Security versions compared in every way there is.
hardware := 2 if {
    input.snp.reported_tcb_bootloader == 3
    input.snp.reported_tcb_tee <= 0
    input.snp.reported_tcb_snp != 7
    input.snp.reported_tcb_snp < 20
    115 <= input.snp.reported_tcb_microcode
}
