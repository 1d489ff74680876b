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
    input.tdx
    input.tdx.quote.body.rtmr_1 in query_reference_value("rtmr_1")
    input.tdx.quote.body.mr_td in query_reference_value("mr_td")
}

hardware := 2 if {
    input.tdx
    input.tdx.quote.header.tee_type == "81000000"
    input.tdx.quote.header.vendor_id == "939a7233f79c4ca9940a0db3957f0607"
    input.tdx.tcb_status == "UpToDate"
    input.tdx.collateral_expiration_status == "0"
}

configuration := 2 if {
    input.tdx
    input.tdx.td_attributes.debug == false
    input.tdx.quote.body.xfam in query_reference_value("xfam")
}
