//! .
/// .
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QuoteRefusal {}
impl QuoteRefusal {
    /// .
    pub fn code(&self) -> &'static str {
        match *self {}
    }
}
