package policy
import rego.v1

default executables := 33
default hardware := 97

trust_claims := {"executables": executables, "hardware": hardware}

executables := 2 if {
    input.sgx.body.mr_signer == "815f42f11cf64430c30bab7816ba596a1da0130c3b028b673133a66cf9a3e0e6"
    input.sgx.body.isv_prod_id == "0700"
    input.sgx.body.isv_svn == "0300"
}

hardware := 2 if input.sgx.tcb_status == "UpToDate"
