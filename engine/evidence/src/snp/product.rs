//! The EPYC product lines that have SEV-SNP.

use super::tcb::TcbLayout;

/// A product line. All its members share root and signing certificates and the layout of TCB versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Product {
    /// EPYC 7003.
    Milan,
    /// EPYC 9004 and 8004 (Genoa, Bergamo, Siena).
    Genoa,
    /// EPYC 9005.
    Turin,
}

impl Product {
    /// The name as AMD writes it in certificates.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Product::Milan => "Milan",
            Product::Genoa => "Genoa",
            Product::Turin => "Turin",
        }
    }

    /// The product of a family and model as `CPUID_FAM_ID` and `CPUID_MOD_ID` give them (AMD 57230, "Determining the
    /// Product Name").
    pub(crate) fn of_cpuid(family: u8, model: u8) -> Option<Product> {
        match (family, model) {
            (0x19, 0x00..=0x0F) => Some(Product::Milan),
            (0x19, 0x10..=0x1F | 0xA0..=0xAF) => Some(Product::Genoa),
            (0x1A, 0x00..=0x11) => Some(Product::Turin),
            _ => None,
        }
    }

    /// The product of a certificate's `productName`, which may end in a stepping: `Milan-B0`.
    pub(crate) fn of_certificate_name(name: &str) -> Option<Product> {
        let line = name.split_once('-').map_or(name, |(line, _stepping)| line);
        [Product::Milan, Product::Genoa, Product::Turin].into_iter().find(|product| product.name() == line)
    }

    /// The layout of this product's TCB versions, which is also its certificates' `structVersion`.
    pub(crate) fn tcb_layout(self) -> TcbLayout {
        match self {
            Product::Milan | Product::Genoa => TcbLayout::V0,
            Product::Turin => TcbLayout::V1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificate_names_may_carry_a_stepping() {
        assert_eq!(Product::of_certificate_name("Milan-B0"), Some(Product::Milan));
        assert_eq!(Product::of_certificate_name("Genoa"), Some(Product::Genoa));
        assert_eq!(Product::of_certificate_name("Turin"), Some(Product::Turin));
        for unknown in ["", "milan", "Milano", "Venice-A0", "-Milan", "Milan B0"] {
            assert_eq!(Product::of_certificate_name(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn cpuid_ranges_end_where_the_next_product_begins() {
        for (family, model, product) in [
            (0x19, 0x00, Some(Product::Milan)),
            (0x19, 0x0F, Some(Product::Milan)),
            (0x19, 0x10, Some(Product::Genoa)),
            (0x19, 0x1F, Some(Product::Genoa)),
            (0x19, 0x20, None),
            (0x19, 0xA0, Some(Product::Genoa)),
            (0x19, 0xAF, Some(Product::Genoa)),
            (0x19, 0xB0, None),
            (0x1A, 0x11, Some(Product::Turin)),
            (0x1A, 0x12, None),
            (0x17, 0x31, None),
            (0x00, 0x00, None),
        ] {
            assert_eq!(Product::of_cpuid(family, model), product, "{family:#x}/{model:#x}");
        }
    }
}
