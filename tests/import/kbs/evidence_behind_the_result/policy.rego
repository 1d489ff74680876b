package policy
import rego.v1

default allow := false

minimum := {"secret1": 2, "secret2": 3}

# The services' own default: any platform but the sample one.
allow if {
    data.plugin == "resource"
    not input["submods"]["cpu0"]["ear.veraison.annotated-evidence"]["sample"]
}

allow if {
    input.submods.cpu0["ear.status"] == "affirming"
    input.submods.cpu0["ear.veraison.annotated-evidence"].snp.measurement == "00"
}

allow if {
    minimum[data["resource-path"][2]] <= 2
}

allow if {
    data.query.version == "1"
    input.submods.cpu0["ear.status"] == "affirming"
}

allow if {
    data.plugin == "open"
    input.submods.cpu0["ear.status"] == "affirming"
}
