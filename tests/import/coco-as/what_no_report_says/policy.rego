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
    input.snp.measurement in query_reference_value("builds")
    input.init_data_claims.agent_policy == "strict"
}

executables := 3 if {
    input.tdx.quote.body.mr_td in query_reference_value("domains")
}

executables := 3 if {
    input.sample
}

hardware := 2 if input.snp.reported_tcb_snp in query_reference_value("versions")

hardware := 2 if input.tdx.tcb_status == "UpToDate"

configuration := 2 if input.snp.measurement == "7A1E5C266C0108DBC9BB94FA926951320940915D0AAFB42464BD88B579EA158D3E1A0DC39B2C60BD95B9C480CD81841F"

configuration := 2 if input.tdx.td_attributes.debug == false
