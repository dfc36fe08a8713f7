//! How many different ids a listing brought, counted in memory that does not grow with the listing.
//!
//! Each id is held as a number of 64 bits. Many of them go to disk as a sorted run, and at the end the
//! runs are merged: what comes up twice is one id. That two ids share a number makes a listing look as if
//! a record had come twice, which costs a second reading and can never make it look whole.

use crate::snapshot::SnapshotError;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::{self, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Numbers that are held before they go to disk: 1 MiB of them.
const HELD_MAX: usize = 128 << 10;
/// Numbers of one run that are read at a time while runs are merged.
const READ_AT_ONCE: usize = 1 << 10;
/// Bytes of a number on disk.
const NUMBER_BYTES: usize = 8;

/// A number for `text`: the same for the same text, in every run on every machine, so that the same answers
/// lead to the same requests.
pub(super) fn number_of(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Ids that were seen, as numbers.
pub(super) struct SeenIds {
    path: PathBuf,
    held: Vec<u64>,
    held_max: usize,
    disk: Option<Runs>,
    taken: u64,
}

/// Sorted runs, one behind the other in a file without a name.
struct Runs {
    file: File,
    /// Numbers in each.
    lengths: Vec<u64>,
}

impl SeenIds {
    /// No id yet. If they are many, the file `path` is made, which must be free for that; it is gone at the
    /// end, however this ends.
    pub fn new(path: PathBuf) -> SeenIds {
        SeenIds {
            path,
            held: Vec::new(),
            held_max: HELD_MAX,
            disk: None,
            taken: 0,
        }
    }

    /// Takes the number of one record's id.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn push(&mut self, number: u64) -> Result<(), SnapshotError> {
        self.held.push(number);
        self.taken += 1;
        if self.held.len() < self.held_max {
            return Ok(());
        }
        self.spill().map_err(SnapshotError::io("write", &self.path))
    }

    /// How many ids there were, and how many of them had come before.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn count(mut self) -> Result<Seen, SnapshotError> {
        self.held.sort_unstable();
        self.held.dedup();
        let unique = match &mut self.disk {
            None => self.held.len() as u64,
            Some(disk) => {
                let counted = disk.unique_with(&self.held);
                counted.map_err(SnapshotError::io("read", &self.path))?
            }
        };
        Ok(Seen {
            unique,
            repeated: self.taken - unique,
        })
    }

    fn spill(&mut self) -> io::Result<()> {
        self.held.sort_unstable();
        self.held.dedup();
        let disk = match &mut self.disk {
            Some(disk) => disk,
            None => self.disk.insert(Runs::create(&self.path)?),
        };
        let bytes: Vec<u8> = self
            .held
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect();
        disk.file.write_all(&bytes)?;
        disk.lengths.push(self.held.len() as u64);
        self.held.clear();
        Ok(())
    }
}

/// What [`SeenIds`] counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// Different ids.
    pub unique: u64,
    /// Records whose id had come before.
    pub repeated: u64,
}

impl Runs {
    fn create(path: &Path) -> io::Result<Runs> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let file = options.open(path)?;
        // An open file lives on without its name, and a run that is killed leaves nothing. Where that is not
        // so the next run writes over it.
        let _ = fs::remove_file(path);
        Ok(Runs {
            file,
            lengths: Vec::new(),
        })
    }

    /// Different numbers of all runs and of `held`, which is sorted.
    fn unique_with(&mut self, held: &[u64]) -> io::Result<u64> {
        let mut start = 0;
        let mut runs = Vec::new();
        for &length in &self.lengths {
            runs.push(Run {
                next: start,
                end: start + length,
                read: Vec::new(),
            });
            start += length;
        }
        let mut held = held.iter().copied();
        // What is held stands behind the runs.
        let mut next_of = |place: usize, runs: &mut Vec<Run>| match runs.get_mut(place) {
            Some(run) => run.next(&mut self.file),
            None => Ok(held.next()),
        };
        let mut heads = BinaryHeap::new();
        for place in 0..=runs.len() {
            if let Some(number) = next_of(place, &mut runs)? {
                heads.push(Reverse((number, place)));
            }
        }
        let (mut unique, mut last) = (0, None);
        while let Some(Reverse((number, place))) = heads.pop() {
            unique += u64::from(last != Some(number));
            last = Some(number);
            if let Some(number) = next_of(place, &mut runs)? {
                heads.push(Reverse((number, place)));
            }
        }
        Ok(unique)
    }
}

/// One run, half read.
struct Run {
    /// Place in the file of the next number that is not yet read, in numbers.
    next: u64,
    end: u64,
    /// Numbers that are read, last one first.
    read: Vec<u64>,
}

impl Run {
    fn next(&mut self, file: &mut File) -> io::Result<Option<u64>> {
        if self.read.is_empty() && self.next < self.end {
            let count = (self.end - self.next).min(READ_AT_ONCE as u64);
            let mut bytes = vec![0; READ_AT_ONCE.min(count as usize) * NUMBER_BYTES];
            file.seek(SeekFrom::Start(self.next * NUMBER_BYTES as u64))?;
            file.read_exact(&mut bytes)?;
            let numbers = bytes.chunks_exact(NUMBER_BYTES).rev();
            self.read.extend(
                numbers.map(|bytes| {
                    u64::from_le_bytes(bytes.try_into().expect("chunks of that length"))
                }),
            );
            self.next += count;
        }
        Ok(self.read.pop())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn ids_are_counted_the_same_however_few_are_held(
            numbers in prop::collection::vec(0..400_u64, 0..600),
            held_max in 1..200_usize,
        ) {
            let dir = tempfile::tempdir().expect("a folder");
            let mut seen = SeenIds { held_max, ..SeenIds::new(dir.path().join("ids")) };
            for &number in &numbers {
                seen.push(number).expect("writable");
            }
            let names = fs::read_dir(dir.path()).expect("a folder").count();
            prop_assert_eq!(names, 0, "a run that is killed here leaves nothing");
            let unique = numbers.iter().collect::<BTreeSet<_>>().len() as u64;
            let repeated = numbers.len() as u64 - unique;
            prop_assert_eq!(seen.count().expect("readable"), Seen { unique, repeated });
        }
    }

    #[test]
    fn a_run_longer_than_one_reading_is_merged_whole() {
        let dir = tempfile::tempdir().expect("a folder");
        let held_max = 3 * READ_AT_ONCE + 1;
        let mut seen = SeenIds {
            held_max,
            ..SeenIds::new(dir.path().join("ids"))
        };
        for round in 0..2 {
            for number in 0..held_max as u64 {
                seen.push(number * 2 + round).expect("writable");
            }
        }
        seen.push(0).expect("writable");
        let seen = seen.count().expect("readable");
        assert_eq!((seen.unique, seen.repeated), (2 * held_max as u64, 1));
    }
}
