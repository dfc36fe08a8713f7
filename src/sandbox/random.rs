//! Seeded numbers that are the same on every machine and in every version.
//!
//! A published generator crate may change its streams between versions; the sandbox's organisation
//! must not change with it, so the few lines of splitmix64 live here.

use std::fmt::Write as _;

/// A stream of numbers that depends on a seed and the name of a part of the organisation only.
pub(super) struct Random(u64);

impl Random {
    /// The stream of `part`: a change in how one part is made leaves the others as they are.
    pub(super) fn of_part(seed: u64, part: &str) -> Random {
        // FNV-1a, so that parts whose names are alike still start far apart.
        let start = part.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut random = Random(start ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        random.number();
        random
    }

    /// The stream of the thing at `place` of `part`, whatever came before it.
    pub(super) fn of_place(seed: u64, part: &str, place: usize) -> Random {
        let mut random = Random::of_part(seed, part);
        let place = u64::try_from(place).expect("a usize of at most 64 bits");
        random.0 ^= place.wrapping_mul(0xd134_2543_de82_ef95);
        random.number();
        random
    }

    /// The next number of the stream (splitmix64).
    pub(super) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is at least 1.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.number() % bound as u64).expect("smaller than a usize")
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high - low).expect("low is not above high") + 1;
        low + i64::try_from(self.number() % width).expect("a span of an i64")
    }

    /// True `percent` times of a hundred.
    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.number() % 100 < percent
    }

    /// One of `choices`, which is not empty.
    pub(super) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// An id in the form of a version 4 UUID.
    pub(super) fn uuid(&mut self) -> String {
        let (a, b) = (self.number(), self.number());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            a >> 32,
            (a >> 16) & 0xffff,
            a & 0x0fff,
            0x8000 | ((b >> 48) & 0x3fff),
            b & 0xffff_ffff_ffff,
        )
    }

    /// `length` hexadecimal digits.
    pub(super) fn hex(&mut self, length: usize) -> String {
        let mut text = String::new();
        while text.len() < length {
            let _ = write!(text, "{:016x}", self.number());
        }
        text.truncate(length);
        text
    }

    /// Puts `items` in another order.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
