//! Where the fields of reports are: offsets in bytes, all integers little-endian.

/// The `N` bytes at `offset`, which is one of the constants here for the report that `report` is.
pub(super) fn array<const N: usize>(report: &[u8], offset: usize) -> [u8; N] {
    std::array::from_fn(|i| report[offset + i])
}

/// An SGX report: Intel SDM, volume 3D, `REPORT` (also Intel "SGX ECDSA Quote Library API", appendix A.4, "Enclave Report Body").
pub(super) mod enclave {
    pub(in crate::dcap) const CPU_SVN: usize = 0;
    pub(in crate::dcap) const MISC_SELECT: usize = 16;
    pub(in crate::dcap) const ISV_EXT_PROD_ID: usize = 32;
    pub(in crate::dcap) const ATTRIBUTES: usize = 48;
    pub(in crate::dcap) const MR_ENCLAVE: usize = 64;
    pub(in crate::dcap) const MR_SIGNER: usize = 128;
    pub(in crate::dcap) const CONFIG_ID: usize = 192;
    pub(in crate::dcap) const ISV_PROD_ID: usize = 256;
    pub(in crate::dcap) const ISV_SVN: usize = 258;
    pub(in crate::dcap) const CONFIG_SVN: usize = 260;
    pub(in crate::dcap) const ISV_FAMILY_ID: usize = 304;
    pub(in crate::dcap) const REPORT_DATA: usize = 320;
}

/// A TD report as the body of a quote: Intel "TDX DCAP Quoting Library API", appendix A.3.2, "TD Quote Body"; the fields are those of Intel
/// 348551, `TDREPORT_STRUCT`.
pub(super) mod td {
    pub(in crate::dcap) const TEE_TCB_SVN: usize = 0;
    pub(in crate::dcap) const MR_SEAM: usize = 16;
    pub(in crate::dcap) const MR_SIGNER_SEAM: usize = 64;
    pub(in crate::dcap) const SEAM_ATTRIBUTES: usize = 112;
    pub(in crate::dcap) const TD_ATTRIBUTES: usize = 120;
    pub(in crate::dcap) const XFAM: usize = 128;
    pub(in crate::dcap) const MR_TD: usize = 136;
    pub(in crate::dcap) const MR_CONFIG_ID: usize = 184;
    pub(in crate::dcap) const MR_OWNER: usize = 232;
    pub(in crate::dcap) const MR_OWNER_CONFIG: usize = 280;
    pub(in crate::dcap) const RTMR0: usize = 328;
    pub(in crate::dcap) const REPORT_DATA: usize = 520;
    /// TDX 1.5 (appendix A.4, `sgx_report2_body_v1_5_t`).
    pub(in crate::dcap) const TEE_TCB_SVN2: usize = 584;
    pub(in crate::dcap) const MR_SERVICE_TD: usize = 600;
    /// TDX 1.5, extended (`sgx_report2_body_v1_5_ex_t`).
    pub(in crate::dcap) const VMID: usize = 648;
    pub(in crate::dcap) const TD_ID: usize = 649;
    pub(in crate::dcap) const DEV_INFO: usize = 681;
    pub(in crate::dcap) const INIT_SERVICE_TD_HASH: usize = 729;
    pub(in crate::dcap) const INIT_SERVICE_TD_ATTRIBUTES: usize = 777;
    pub(in crate::dcap) const INIT_CPU_SVN: usize = 785;
    pub(in crate::dcap) const INIT_TEE_TCB_SVN: usize = 801;
    pub(in crate::dcap) const INIT_TEE_FMSPC: usize = 817;
    pub(in crate::dcap) const CUR_SERVICE_TD_HASH: usize = 829;
    pub(in crate::dcap) const CUR_SERVICE_TD_ATTRIBUTES: usize = 877;
}
