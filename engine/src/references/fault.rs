//! Why reference values do not count, for people who ask.

use super::ReferenceTable;
use super::entry::{Entry, Fault, fault};
use atbac_compiler::layout::{address_words, in_network, network_words};
use atbac_compiler::reference::Reference;
use atbac_compiler::types::ReferenceId;
use atbac_compiler::value::Value;

/// A reference value that does not count, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceFault {
    /// The name of the reference.
    pub reference: String,
    /// The element of the set that this is about; `None` for the value of a reference that is no set.
    pub value: Option<Value>,
    /// Why it does not count.
    pub fault: Fault,
    /// Where the value comes from, as its file says.
    pub origin: Option<String>,
}

impl ReferenceTable {
    /// Why a reference cannot be used at `now`, in milliseconds; `None` if it can.
    pub(crate) fn fault(&self, id: ReferenceId, now: i64) -> Option<ReferenceFault> {
        let entries = || self.entries[id.index()].iter();
        let found = match &self.values[id.index()] {
            Some(Reference::Set(_)) => return None,
            Some(Reference::One(_, windows)) if windows.at(now).0 => return None,
            // Other entries are of values that the reference does not have.
            Some(Reference::One(value, _)) => fault(entries().filter(|entry| entry.value == *value), now),
            None => fault(entries(), now),
        };
        Some(match found {
            Some((fault, entry)) => self.told(id, None, fault, entry),
            None => ReferenceFault {
                reference: self.schema.reference(id).name.clone(),
                value: None,
                fault: Fault::NotLoaded,
                origin: None,
            },
        })
    }

    /// Why a value is not in a reference set at `now`, though the file has it; `None` where the file does not, or it is in the set.
    pub(crate) fn fault_of(&self, id: ReferenceId, value: &Value, now: i64) -> Option<ReferenceFault> {
        let entries = &self.entries[id.index()];
        let first = entries.partition_point(|entry| entry.value < *value);
        let (fault, entry) = fault(entries[first..].iter().take_while(|entry| entry.value == *value), now)?;
        Some(self.told(id, Some(value), fault, entry))
    }

    /// Why an address is in no network of a reference set at `now`: of each network around it that the file has and that does not count.
    pub(crate) fn faults_around(&self, id: ReferenceId, address: &Value, now: i64) -> Vec<ReferenceFault> {
        let Value::IpAddr(address) = address else { return Vec::new() };
        let address = address_words(*address);
        let around = self.entries[id.index()].iter().map(|entry| &entry.value).filter(|network| match network {
            Value::Cidr(network, prefix) => in_network(&address, &network_words(*network, *prefix)),
            _ => false,
        });
        let mut networks: Vec<&Value> = around.collect();
        networks.dedup();
        networks.into_iter().filter_map(|network| self.fault_of(id, network, now)).collect()
    }

    fn told(&self, id: ReferenceId, value: Option<&Value>, fault: Fault, entry: &Entry) -> ReferenceFault {
        ReferenceFault {
            reference: self.schema.reference(id).name.clone(),
            value: value.cloned(),
            fault,
            origin: entry.origin.as_deref().map(str::to_owned),
        }
    }
}
