package policy
import rego.v1

default executables := 33
default hardware := 97

trust_claims := {"executables": executables, "hardware": hardware}

# A function of the policy's own, by the name of one of Rego's.
count(x) := 1 if x

# One key, not three.
executables := 3 if input["snp.measurement"] == "7a1e5c266c0108dbc9bb94fa926951320940915d0aafb42464bd88b579ea158d3e1a0dc39b2c60bd95b9c480cd81841f"

executables := 3 if {
    input.snp.measurement == "7a1e5c266c0108dbc9bb94fa926951320940915d0aafb42464bd88b579ea158d3e1a0dc39b2c60bd95b9c480cd81841f"
    count(input.snp) == 1
}

executables := 3 if {
    input.snp.measurement == "7a1e5c266c0108dbc9bb94fa926951320940915d0aafb42464bd88b579ea158d3e1a0dc39b2c60bd95b9c480cd81841f"
    input.snp.policy_abi_minor == 31
}

hardware := 2 if input.snp.reported_tcb_snp >= 8
