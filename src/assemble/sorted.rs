//! Lines put in the order of their ids, in bounded memory: sorted runs on disk, merged at the end.

use crate::snapshot::{SnapshotError, create_private};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// Bytes of ids and lines that are held before they go to disk as a run.
const HELD_BYTES_MAX: usize = 8 << 20;
/// What a held line costs beside its text.
const LINE_OVERHEAD: usize = 64;
/// Runs that are merged at a time: each is an open file. So many runs of one size become one of the next, so
/// that a line is written again only a few times, however many there are.
const RUNS_MERGED: usize = 64;

/// Lines with their ids, going in in any order.
#[derive(Debug)]
pub(super) struct Sorter {
    /// Name of the runs, before their number.
    base: PathBuf,
    held: Vec<(String, String)>,
    held_bytes: usize,
    held_bytes_max: usize,
    runs_merged: usize,
    /// Runs that were made so far: none has the name of an earlier one.
    runs_made: usize,
    /// Larger ones first; of the same size in the order in which their lines came in.
    runs: Vec<Run>,
}

/// A sorted run on disk, removed with this.
#[derive(Debug)]
struct Run {
    path: PathBuf,
    /// How often its lines were merged.
    merges: u32,
}

impl Drop for Run {
    fn drop(&mut self) {
        // A run that cannot be removed is found by the next one that takes the folder.
        let _ = fs::remove_file(&self.path);
    }
}

impl Sorter {
    /// A sorter whose runs stand in the folder `dir` and are called after `name`.
    pub fn new(dir: &Path, name: &str) -> Sorter {
        Sorter {
            base: dir.join(format!("{name}.run")),
            held: Vec::new(),
            held_bytes: 0,
            held_bytes_max: HELD_BYTES_MAX,
            runs_merged: RUNS_MERGED,
            runs_made: 0,
            runs: Vec::new(),
        }
    }

    /// Takes one line.
    pub fn push(&mut self, id: String, line: String) -> Result<(), SnapshotError> {
        self.held_bytes += id.len() + line.len() + LINE_OVERHEAD;
        self.held.push((id, line));
        if self.held_bytes >= self.held_bytes_max {
            self.spill()?;
        }
        Ok(())
    }

    fn spill(&mut self) -> Result<(), SnapshotError> {
        self.held.sort_by(|a, b| a.0.cmp(&b.0));
        let mut run = self.next_run(0)?;
        for (id, line) in self.held.drain(..) {
            run.push(&id, &line)?;
        }
        self.runs.push(run.finish()?);
        self.held_bytes = 0;
        self.merge_runs()
    }

    fn next_run(&mut self, merges: u32) -> Result<RunWriter, SnapshotError> {
        let path = self.base.with_extension(format!("run{}", self.runs_made));
        self.runs_made += 1;
        RunWriter::create(path, merges)
    }

    /// Makes one run of the last ones, as long as there are enough of one size.
    fn merge_runs(&mut self) -> Result<(), SnapshotError> {
        while let Some(last) = self.runs.last() {
            let merges = last.merges;
            let same = self.runs.iter().rev();
            let same = same.take_while(|run| run.merges == merges).count();
            if same < self.runs_merged {
                break;
            }
            let merged = self.runs.split_off(self.runs.len() - same);
            let mut run = self.next_run(merges + 1)?;
            let sources = merged.iter().map(Source::open);
            merge(sources.collect::<Result<_, _>>()?, |id, line| {
                run.push(&id, &line)
            })?;
            self.runs.push(run.finish()?);
        }
        Ok(())
    }

    /// Forgets what came in so far.
    pub fn clear(&mut self) {
        self.held.clear();
        self.held_bytes = 0;
        self.runs.clear();
    }

    /// Every line, ascending by id, to be read as often as needed; they go to the folder `dir` if they are many.
    pub fn sorted(self, dir: &Path, name: &str) -> Result<Sorted, SnapshotError> {
        let mut kept = SortedWriter::new(dir, name);
        self.drain(|id, line| kept.push(id, line))?;
        kept.finish()
    }

    /// Hands every line to `take`, ascending by id; lines of the same id in the order they came in.
    pub fn drain(
        mut self,
        take: impl FnMut(String, String) -> Result<(), SnapshotError>,
    ) -> Result<(), SnapshotError> {
        self.held.sort_by(|a, b| a.0.cmp(&b.0));
        let mut sources: Vec<Source> = self
            .runs
            .iter()
            .map(Source::open)
            .collect::<Result<_, _>>()?;
        // What is held came in last.
        sources.push(Source::Memory(std::mem::take(&mut self.held).into_iter()));
        merge(sources, take)
    }
}

/// Hands every line of `sources`, each in order, to `take`, ascending by id; of the same id those of the
/// earlier source first.
fn merge(
    mut sources: Vec<Source>,
    mut take: impl FnMut(String, String) -> Result<(), SnapshotError>,
) -> Result<(), SnapshotError> {
    let mut heads = BinaryHeap::new();
    for (place, source) in sources.iter_mut().enumerate() {
        if let Some((id, line)) = source.next()? {
            heads.push(Reverse((id, place, line)));
        }
    }
    while let Some(Reverse((id, place, line))) = heads.pop() {
        take(id, line)?;
        if let Some((id, line)) = sources[place].next()? {
            heads.push(Reverse((id, place, line)));
        }
    }
    Ok(())
}

/// A run being written.
struct RunWriter {
    file: BufWriter<File>,
    run: Run,
}

impl RunWriter {
    fn create(path: PathBuf, merges: u32) -> Result<RunWriter, SnapshotError> {
        Ok(RunWriter {
            file: BufWriter::new(create_private(&path)?),
            run: Run { path, merges },
        })
    }

    fn push(&mut self, id: &str, line: &str) -> Result<(), SnapshotError> {
        for text in [id, line] {
            self.file
                .write_all(&(text.len() as u64).to_le_bytes())
                .and_then(|()| self.file.write_all(text.as_bytes()))
                .map_err(SnapshotError::io("write", &self.run.path))?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Run, SnapshotError> {
        let flushed = self.file.flush();
        flushed.map_err(SnapshotError::io("write", &self.run.path))?;
        Ok(self.run)
    }
}

/// Lines in the order of their ids, to be read as often as needed: few are held, many stand on disk.
#[derive(Debug)]
pub(super) struct Sorted {
    held: Vec<(String, String)>,
    run: Option<Run>,
    pub count: u64,
}

impl Sorted {
    /// Reads them from the first one on.
    pub fn read(&self) -> Result<SortedLines<'_>, SnapshotError> {
        Ok(match &self.run {
            None => SortedLines::Memory(self.held.iter()),
            Some(run) => {
                let file = File::open(&run.path).map_err(SnapshotError::io("read", &run.path))?;
                SortedLines::Disk(BufReader::new(file), &run.path)
            }
        })
    }
}

/// One reading of [`Sorted`] lines.
pub(super) enum SortedLines<'s> {
    Memory(std::slice::Iter<'s, (String, String)>),
    Disk(BufReader<File>, &'s Path),
}

impl Iterator for SortedLines<'_> {
    type Item = Result<(String, String), SnapshotError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            SortedLines::Memory(lines) => lines.next().cloned().map(Ok),
            SortedLines::Disk(file, path) => read_line(file)
                .map_err(SnapshotError::io("read", &**path))
                .transpose(),
        }
    }
}

/// Takes lines in the order of their ids.
pub(super) struct SortedWriter {
    path: PathBuf,
    held: Vec<(String, String)>,
    held_bytes: usize,
    disk: Option<RunWriter>,
    count: u64,
}

impl SortedWriter {
    /// Lines that go to the folder `dir` if they are many.
    pub fn new(dir: &Path, name: &str) -> SortedWriter {
        SortedWriter {
            path: dir.join(format!("{name}.sorted")),
            held: Vec::new(),
            held_bytes: 0,
            disk: None,
            count: 0,
        }
    }

    /// Takes the next line.
    pub fn push(&mut self, id: String, line: String) -> Result<(), SnapshotError> {
        self.count += 1;
        if let Some(disk) = &mut self.disk {
            return disk.push(&id, &line);
        }
        self.held_bytes += id.len() + line.len() + LINE_OVERHEAD;
        self.held.push((id, line));
        if self.held_bytes >= HELD_BYTES_MAX {
            let mut disk = RunWriter::create(self.path.clone(), 0)?;
            for (id, line) in std::mem::take(&mut self.held) {
                disk.push(&id, &line)?;
            }
            self.disk = Some(disk);
        }
        Ok(())
    }

    /// No more lines come.
    pub fn finish(self) -> Result<Sorted, SnapshotError> {
        Ok(Sorted {
            held: self.held,
            run: self.disk.map(RunWriter::finish).transpose()?,
            count: self.count,
        })
    }
}

/// Where sorted lines are read from.
enum Source {
    Disk(BufReader<File>, PathBuf),
    Memory(std::vec::IntoIter<(String, String)>),
}

impl Source {
    fn open(run: &Run) -> Result<Source, SnapshotError> {
        let file = File::open(&run.path).map_err(SnapshotError::io("read", &run.path))?;
        Ok(Source::Disk(BufReader::new(file), run.path.clone()))
    }

    fn next(&mut self) -> Result<Option<(String, String)>, SnapshotError> {
        match self {
            Source::Memory(lines) => Ok(lines.next()),
            Source::Disk(file, path) => {
                let failed = SnapshotError::io("read", &*path);
                read_line(file).map_err(failed)
            }
        }
    }
}

/// The next id and line of a run, `None` at its end.
fn read_line(file: &mut BufReader<File>) -> std::io::Result<Option<(String, String)>> {
    let Some(id) = read_text(file)? else {
        return Ok(None);
    };
    let line = read_text(file)?.ok_or(std::io::ErrorKind::UnexpectedEof)?;
    Ok(Some((id, line)))
}

fn read_text(file: &mut BufReader<File>) -> std::io::Result<Option<String>> {
    use std::io::BufRead;
    if file.fill_buf()?.is_empty() {
        return Ok(None);
    }
    let mut length = [0; 8];
    file.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    let mut text = String::new();
    // Read as far as it goes: a length that a broken disk made up allocates nothing.
    let read = file.take(length).read_to_string(&mut text)?;
    match read as u64 == length {
        true => Ok(Some(text)),
        false => Err(std::io::ErrorKind::UnexpectedEof.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Lines sorted with room for `held_bytes_max` bytes and three runs of a size, and how many runs that
    /// took.
    fn sorted(lines: &[(String, String)], held_bytes_max: usize) -> (Vec<(String, String)>, usize) {
        let dir = tempfile::tempdir().expect("a folder");
        let mut sorter = Sorter {
            held_bytes_max,
            runs_merged: 3,
            ..Sorter::new(dir.path(), "lines")
        };
        for (id, line) in lines {
            sorter.push(id.clone(), line.clone()).expect("writable");
            let files = fs::read_dir(dir.path()).expect("a folder").count();
            assert!(files <= 10, "60 lines are 4 sizes of at most 2 runs");
        }
        let runs = sorter.runs_made;
        let mut out = Vec::new();
        let taken = sorter.drain(|id, line| {
            out.push((id, line));
            Ok(())
        });
        taken.expect("readable");
        assert_eq!(
            fs::read_dir(dir.path()).expect("a folder").count(),
            0,
            "nothing stays"
        );
        (out, runs)
    }

    proptest! {
        #[test]
        fn lines_come_out_in_order_of_id_then_of_arrival_however_little_is_held(
            ids in prop::collection::vec("[a-cé]{0,3}", 0..60),
            held_bytes_max in 1..2_000_usize,
        ) {
            let lines: Vec<(String, String)> = ids
                .into_iter()
                .enumerate()
                .map(|(number, id)| (id, format!("line\n{number}")))
                .collect();
            let mut expected = lines.clone();
            expected.sort_by(|a, b| a.0.cmp(&b.0));
            let (out, runs) = sorted(&lines, held_bytes_max);
            prop_assert_eq!(out, expected);
            prop_assert!(runs > 0 || lines.len() < 40);
        }
    }
}
