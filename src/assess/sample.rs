//! A seeded sample of passing subjects that does not depend on threads or on record order.
//!
//! Every passing subject gets a number from seed, control and subject; the sample is the subjects with
//! the smallest numbers. So parts of a population can be sampled apart and joined.

use std::collections::BinaryHeap;

/// Passing subjects kept for each control.
pub const SAMPLE_SIZE: usize = 10;

/// Subjects drawn so far, at most [`SAMPLE_SIZE`].
#[derive(Debug, Default)]
pub(super) struct Sample {
    /// Number and id with label; the largest number is on top, the first to go.
    drawn: BinaryHeap<(u64, String, String)>,
}

impl Sample {
    /// Offers the subject `id`; `label` is asked for only if it is drawn.
    pub(super) fn offer(&mut self, seed: u64, id: &str, label: impl FnOnce() -> String) {
        let number = draw(seed, id);
        let is_full = self.drawn.len() >= SAMPLE_SIZE;
        if is_full && self.drawn.peek().is_some_and(|top| top.0 < number) {
            return;
        }
        self.put((number, id.to_owned(), label()));
    }

    /// Takes over what another part of the population drew.
    pub(super) fn join(&mut self, other: Sample) {
        for entry in other.drawn {
            self.put(entry);
        }
    }

    fn put(&mut self, entry: (u64, String, String)) {
        self.drawn.push(entry);
        if self.drawn.len() > SAMPLE_SIZE {
            self.drawn.pop();
        }
    }

    /// Ids and labels in order of the ids.
    pub(super) fn finish(self) -> Vec<(String, String)> {
        let mut subjects: Vec<(String, String)> = self
            .drawn
            .into_iter()
            .map(|(_, id, label)| (id, label))
            .collect();
        subjects.sort();
        subjects
    }
}

/// Seed of a control's sample: from the digest of its population's dataset and the control's id.
pub(super) fn seed(dataset_digest: &str, control: &str) -> u64 {
    draw(draw(0, dataset_digest), control)
}

/// FNV-1a over the bytes, started from `seed`, then mixed (the finaliser of splitmix64). Not for
/// secrets: it only has to spread.
fn draw(seed: u64, text: &str) -> u64 {
    let mut hash = seed ^ 0xcbf2_9ce4_8422_2325;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample_of(ids: impl Iterator<Item = u32>) -> Sample {
        let mut sample = Sample::default();
        for id in ids {
            sample.offer(7, &format!("account-{id}"), || format!("label {id}"));
        }
        sample
    }

    #[test]
    fn the_sample_is_the_same_in_any_order_and_in_any_parts() {
        let whole = sample_of(0..1000).finish();
        assert_eq!(whole.len(), SAMPLE_SIZE);
        assert_eq!(sample_of((0..1000).rev()).finish(), whole);
        let mut parts = sample_of(600..1000);
        parts.join(sample_of(0..600));
        assert_eq!(parts.finish(), whole);
    }

    #[test]
    fn another_seed_draws_other_subjects() {
        let mut other = Sample::default();
        for id in 0..1000 {
            other.offer(seed("d1", "a"), &format!("account-{id}"), String::new);
        }
        let ids = |subjects: Vec<(String, String)>| -> Vec<String> {
            subjects.into_iter().map(|(id, _)| id).collect()
        };
        assert_ne!(ids(other.finish()), ids(sample_of(0..1000).finish()));
    }

    #[test]
    fn a_small_population_is_drawn_whole() {
        assert_eq!(sample_of(0..3).finish().len(), 3);
    }
}
