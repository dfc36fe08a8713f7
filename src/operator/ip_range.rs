//! IP addresses and ranges in CIDR notation.

use std::net::IpAddr;

/// A network: addresses that share a prefix. A single address is a network of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct IpRange {
    pub(super) address: IpAddr,
    pub(super) prefix_length: u8,
}

impl IpRange {
    /// Reads `10.0.0.0/8`, `2001:db8::/32` or a single address.
    pub(super) fn parse(text: &str) -> Option<IpRange> {
        let (address, prefix_length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix_length = match prefix_length {
            // `+8` is a number to Rust, but no prefix length.
            Some(length) if !length.bytes().all(|byte| byte.is_ascii_digit()) => return None,
            Some(length) => length.parse().ok().filter(|length| *length <= longest)?,
            None => longest,
        };
        Some(
            IpRange {
                address,
                prefix_length,
            }
            .unmapped(),
        )
    }

    /// IPv4 in the clothes of IPv6 (`::ffff:203.0.113.0/120`) as the IPv4 range that it is. A range with
    /// fewer bits than `::ffff:0:0/96` stays what it is: it holds more than IPv4.
    fn unmapped(self) -> IpRange {
        let IpAddr::V6(address) = self.address else {
            return self;
        };
        match (address.to_ipv4_mapped(), self.prefix_length.checked_sub(96)) {
            (Some(address), Some(prefix_length)) => IpRange {
                address: IpAddr::V4(address),
                prefix_length,
            },
            _ => self,
        }
    }

    /// Whether every address of `other` is one of this range.
    pub(super) fn holds(self, other: IpRange) -> bool {
        self.address.is_ipv4() == other.address.is_ipv4()
            && self.prefix_length <= other.prefix_length
            && self.network_of(self.address) == self.network_of(other.address)
    }

    /// The first bits of `address`, as many as this range's prefix has.
    fn network_of(self, address: IpAddr) -> u128 {
        let (bits, width) = match address {
            IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
            IpAddr::V6(address) => (address.to_bits(), 128),
        };
        bits.checked_shr(width - u32::from(self.prefix_length))
            .unwrap_or(0)
    }
}
